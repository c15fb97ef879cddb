"""Countries by the English names that statements call them by.

Codes and names from the time zone database's iso3166.tab, which is in the public domain, and from
ISO 3166-1; what stores write besides is added.
"""

import re
import unicodedata

from fraud.sources.territories import ALIASES, KNOWN

_NAMES = """
AD Andorra
AE United Arab Emirates
AF Afghanistan
AG Antigua & Barbuda
AI Anguilla
AL Albania
AM Armenia
AO Angola
AQ Antarctica
AR Argentina
AS Samoa (American); American Samoa
AT Austria
AU Australia
AW Aruba
AX Åland Islands
AZ Azerbaijan
BA Bosnia & Herzegovina
BB Barbados
BD Bangladesh
BE Belgium
BF Burkina Faso
BG Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL St Barthelemy
BM Bermuda
BN Brunei; Brunei Darussalam
BO Bolivia; Bolivia, Plurinational State of
BQ Caribbean NL; Bonaire, Sint Eustatius and Saba; Caribbean Netherlands
BR Brazil
BS Bahamas
BT Bhutan
BV Bouvet Island
BW Botswana
BY Belarus
BZ Belize
CA Canada
CC Cocos (Keeling) Islands
CD Congo, The Democratic Republic of the; Democratic Republic of the Congo; DR Congo
CF Central African Rep.; Central African Republic
CG Congo (Rep.); Congo; Congo Brazzaville; Republic of the Congo
CH Switzerland
CI Côte d'Ivoire; Ivory Coast
CK Cook Islands
CL Chile
CM Cameroon
CN China
CO Colombia
CR Costa Rica
CU Cuba
CV Cape Verde; Cabo Verde
CW Curaçao
CX Christmas Island
CY Cyprus
CZ Czech Republic; Czechia
DE Germany
DJ Djibouti
DK Denmark
DM Dominica
DO Dominican Republic
DZ Algeria
EC Ecuador
EE Estonia
EG Egypt
EH Western Sahara
ER Eritrea
ES Spain
ET Ethiopia
FI Finland
FJ Fiji
FK Falkland Islands; Falkland Islands (Malvinas)
FM Micronesia; Micronesia, Federated States of
FO Faroe Islands
FR France
GA Gabon
GB Britain (UK); United Kingdom; Great Britain
GD Grenada
GE Georgia
GF French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Greenland
GM Gambia
GN Guinea
GP Guadeloupe
GQ Equatorial Guinea
GR Greece
GS South Georgia & the South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hong Kong; Hong Kong SAR China
HM Heard Island & McDonald Islands
HN Honduras
HR Croatia
HT Haiti
HU Hungary
ID Indonesia
IE Ireland
IL Israel
IM Isle of Man
IN India
IO British Indian Ocean Territory
IQ Iraq
IR Iran; Iran, Islamic Republic of
IS Iceland
IT Italy
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kyrgyzstan
KH Cambodia
KI Kiribati
KM Comoros
KN St Kitts & Nevis
KP Korea (North); Korea, Democratic People's Republic of; North Korea
KR Korea (South); Korea, Republic of; South Korea; Korea
KW Kuwait
KY Cayman Islands
KZ Kazakhstan
LA Laos; Lao People's Democratic Republic
LB Lebanon
LC St Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Lithuania
LU Luxembourg
LV Latvia
LY Libya
MA Morocco
MC Monaco
MD Moldova; Moldova, Republic of
ME Montenegro
MF St Martin (French); Saint Martin (French part); Saint Martin
MG Madagascar
MH Marshall Islands
MK North Macedonia; Macedonia
ML Mali
MM Myanmar (Burma); Myanmar; Burma
MN Mongolia
MO Macau; Macao
MP Northern Mariana Islands
MQ Martinique
MR Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV Maldives
MW Malawi
MX Mexico
MY Malaysia
MZ Mozambique
NA Namibia
NC New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL Netherlands
NO Norway
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF French Polynesia
PG Papua New Guinea
PH Philippines
PK Pakistan
PL Poland
PM St Pierre & Miquelon
PN Pitcairn
PR Puerto Rico
PS Palestine; Palestine, State of; Palestinian Territories
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Réunion
RO Romania
RS Serbia
RU Russia; Russian Federation
RW Rwanda
SA Saudi Arabia
SB Solomon Islands
SC Seychelles
SD Sudan
SE Sweden
SG Singapore
SH St Helena; Saint Helena, Ascension and Tristan da Cunha
SI Slovenia
SJ Svalbard & Jan Mayen
SK Slovakia
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Suriname
SS South Sudan
ST Sao Tome & Principe
SV El Salvador
SX St Maarten (Dutch); Sint Maarten (Dutch part); Sint Maarten
SY Syria; Syrian Arab Republic
SZ Eswatini (Swaziland); Eswatini; Swaziland
TC Turks & Caicos Is
TD Chad
TF French S. Terr.; French Southern Territories
TG Togo
TH Thailand
TJ Tajikistan
TK Tokelau
TL East Timor; Timor-Leste
TM Turkmenistan
TN Tunisia
TO Tonga
TR Turkey; Türkiye
TT Trinidad & Tobago
TV Tuvalu
TW Taiwan; Taiwan, Province of China
TZ Tanzania; Tanzania, United Republic of
UA Ukraine
UG Uganda
UM US minor outlying islands; United States Minor Outlying Islands
US United States; United States of America; USA
UY Uruguay
UZ Uzbekistan
VA Vatican City; Holy See (Vatican City State); Vatican; Holy See
VC St Vincent; Saint Vincent and the Grenadines
VE Venezuela; Venezuela, Bolivarian Republic of
VG Virgin Islands (UK); Virgin Islands, British; British Virgin Islands
VI Virgin Islands (US); Virgin Islands, U.S.; US Virgin Islands
VN Vietnam; Viet Nam
VU Vanuatu
WF Wallis & Futuna
WS Samoa (western); Samoa
XK Kosovo
YE Yemen
YT Mayotte
ZA South Africa
ZM Zambia
ZW Zimbabwe
ZZ Unknown; Worldwide; World; Rest of World; Global; Other; Multi; International; Various
"""
_OTHERWISE = {"st": "saint", "is": "islands"}


def code_of(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country's code or name; what is neither as it is."""
    code = ALIASES.get(text.strip().upper(), text.strip().upper())
    return code if code in KNOWN else _CODES.get(_folded(text), text)


def _folded(name: str) -> str:
    """Return a name without case, accents, punctuation and articles."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "’'")
    words = [word for word in re.findall(r"[^\W_]+", plain) if word != "the"]
    return " ".join(_OTHERWISE.get(word, word) for word in words)


_CODES = {
    _folded(name): line[:2] for line in _NAMES.strip().splitlines() for name in line[3:].split("; ")
}
