{{ statement_rows('notes', 'select line_code, entry.note_sek from unnest(entry.note_lines) as own (line_code)') }}
