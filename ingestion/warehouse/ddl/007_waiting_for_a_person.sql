-- What holds a delivery, what a person approved, and what its sender said of it beside the file.
set local role own_ops;

alter table ops.delivery
    add column held_by text[] not null default '{}',
    add column approved_rules text[] not null default '{}',
    add column leaves_rows boolean not null default true,
    add column contract_version text,
    add column sender text,
    add column sums jsonb not null default '{}',
    add column manifest jsonb,
    add column is_zero boolean not null default false;
comment on column ops.delivery.held_by is 'Reglerna som gör att leveransen väntar på en person; även overlap och two_senders';
comment on column ops.delivery.approved_rules is 'Regler en person har godkänt för just den här leveransen';
comment on column ops.delivery.leaves_rows is 'Falskt där inga rader fick läsas in förrän någon godkänt: filen läses igen efter beslutet';
comment on column ops.delivery.sums is 'Leveransens egna summor per beloppskolumn, kanonisk text';
comment on column ops.delivery.manifest is 'Följeblad: vad avsändaren sade om filen, utan filens kontrollsumma för personuppgifter';
comment on column ops.delivery.is_zero is 'En undertecknad nolleverans: inget att lämna för perioden';

alter table ops.evidence drop constraint evidence_severity_check;
alter table ops.evidence add constraint evidence_severity_check check (severity in ('invariant', 'hold', 'finding'));

-- what the loader learns from the manifest while it reads
grant update (sender, manifest, is_zero) on ops.delivery to finsam_loader;

reset role;
