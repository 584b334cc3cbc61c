"""Cards of the rules that readers and value parsers enforce; the gate counts their faults."""

from expectations.rule import Rule

_OPERATOR = "Förvaltaren av lagret"
_AGAIN = "Exportera filen på nytt och lämna den igen."

RULES = (
    Rule(
        "STR-001",
        "Filen har innehåll.",
        "En tom fil är en export som gått fel, inte ett år utan poster.",
        _AGAIN,
    ),
    Rule(
        "STR-003",
        "Arbetsboken går att läsa.",
        "En skadad, lösenordsskyddad eller orimligt stor arbetsbok kan inte läsas exakt.",
        "Öppna filen i Excel, ta bort lösenord och spara som .xlsx.",
    ),
    Rule(
        "STR-004",
        "Varje rubrik är känd.",
        "En okänd kolumn kan vara den som betyder något; den gissas aldrig bort.",
        "Rätta rubriken, ta bort kolumnen eller be förvaltaren lägga till den bland förbundets egna "
        "rubriker.",
    ),
    Rule(
        "STR-005",
        "Varje obligatorisk kolumn finns.",
        "Utan den går raderna inte att tolka.",
        "Lägg till kolumnen.",
    ),
    Rule(
        "STR-006",
        "Varje uppgift står i en enda kolumn, på ett enda blad.",
        "Av två lika rubriker kan bara den som skrev filen veta vilken som gäller.",
        "Ta bort den ena eller ge den en annan rubrik.",
    ),
    Rule(
        "STR-007",
        "Varje rad är hel och har rubrikradens celler.",
        "En cell för mycket eller för litet flyttar belopp till fel kolumn; en avklippt fil saknar pengar.",
        _AGAIN,
        sets_aside=True,
    ),
    Rule(
        "STR-008",
        "Text i UTF-8 eller Windows-1252, hela bokstäver, ett slags radslut.",
        "Förvanskade namn känns inte igen och kan inte återställas säkert.",
        "Spara som ”CSV UTF-8”.",
    ),
    Rule(
        "STR-009",
        "Filen är av ett slag som leveransen läser.",
        "En fil av fel slag är oftast fel fil.",
        "Exportera i något av de slag som leveransens mall nämner.",
    ),
    Rule(
        "STR-010",
        "Det framgår vilket år leveransen gäller.",
        "Utan år vet ingen vilken tidigare leverans den ersätter.",
        "Skriv året i filens namn eller i kolumnen, eller välj räkenskapsår i exporten.",
    ),
    Rule(
        "STR-011",
        "En leverans gäller ett år och ett slag.",
        "En ny leverans ersätter den förra för samma år och slag; blandas flera ersätts fel rader.",
        "Dela upp filen, en per år och slag.",
    ),
    Rule(
        "STR-012",
        "Mappen är ett känt förbund och en känd leverans.",
        "Annars hamnar uppgifterna hos fel förbund.",
        "Lägg filen i landing/<förbund>/<leverans>/.",
        owner_sv=_OPERATOR,
    ),
    Rule(
        "STR-013",
        "Organisationsnumret i filen är förbundets.",
        "En annans fil i fel mapp skulle visas för fel läsare.",
        "Lägg filen i rätt förbunds mapp, eller rätta numret i bokföringsprogrammet.",
    ),
    Rule(
        "STR-014",
        "SIE-filen är hel och följer formatet.",
        "En avklippt eller ändrad bokföringsfil ger fel summor.",
        "Exportera SIE 4 på nytt ur bokföringen.",
    ),
    Rule(
        "STR-018",
        "Varje formel i arbetsboken har ett uträknat värde.",
        "En formel som ett program skrivit och ingen räknat ut ser ut som en blank cell, och en blank cell är inte noll.",
        "Öppna filen i Excel så att den räknas om, och spara den, eller klistra in värdena som värden.",
        sets_aside=True,
    ),
    Rule(
        "STR-019",
        "Inga sammanfogade celler bland raderna.",
        "Ett värde över flera rader kan gälla en gång eller för var och en; bara den som skrev filen vet vilket.",
        "Dela cellerna och skriv värdet i varje rad där det gäller.",
        sets_aside=True,
    ),
    Rule(
        "STR-020",
        "Varje cell i arbetsboken har ett helt värde.",
        "Ett felvärde (#SAKNAS!, #REFERENS!) är inget värde, och ett tal med fler än femton siffror är redan avrundat.",
        "Rätta cellen eller formeln bakom den; skriv långa nummer som text.",
        sets_aside=True,
    ),
    Rule(
        "VAL-001",
        "Belopp går att läsa entydigt, till öret.",
        "Ett gissat belopp är ett fel belopp.",
        "Skriv belopp som 1 250 000,50.",
        sets_aside=True,
    ),
    Rule(
        "VAL-002",
        "Datum finns och är entydiga.",
        "Dag och månad i fel ordning ger fel period.",
        "Skriv datum som 2017-03-01.",
        sets_aside=True,
    ),
    Rule(
        "VAL-003",
        "År, heltal och andelar går att läsa.",
        "Ett förkortat eller avrundat tal är inte det som stod där.",
        "Skriv talet med siffror.",
        sets_aside=True,
    ),
    Rule(
        "VAL-004",
        "Koder är kända ord.",
        "Ett okänt ord kan inte räknas till någon grupp.",
        "Använd något av orden i mallen.",
        sets_aside=True,
    ),
    Rule(
        "VAL-005",
        "Obligatoriska celler är ifyllda.",
        "En blank cell är inte noll.",
        "Fyll i cellen.",
        sets_aside=True,
    ),
    Rule(
        "VAL-006",
        "Text är högst 1 000 tecken.",
        "En så lång cell är flera celler eller rader som flutit ihop.",
        "Korta texten eller rätta citattecknen.",
        sets_aside=True,
    ),
    Rule(
        "PRI-001",
        "Personnummer, samordningsnummer eller löpnummer går att läsa.",
        "Ett felskrivet nummer skulle bli en annan person.",
        "Rätta numret i registret; det visas aldrig här.",
        sets_aside=True,
    ),
    Rule(
        "PRI-002",
        "Inga personnummer där de inte hör hemma.",
        "Texter, filnamn och belopp sparas och visas; personnummer får aldrig göra det.",
        "Ta bort personnumret ur texten eller filnamnet och lämna filen igen.",
    ),
)
