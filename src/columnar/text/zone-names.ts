import type { Zone } from './zone.ts'

/**
 * Abbreviations by the English long name of a zone's time. Intl knows abbreviations of American zones only and writes
 * an offset for all others, where Spark (through Java) prints these.
 */
const abbreviations: ReadonlyMap<string, string> = new Map(
  [
    'Coordinated Universal Time:UTC', 'Greenwich Mean Time:GMT', 'British Summer Time:BST', 'Irish Standard Time:IST',
    'Western European Standard Time:WET', 'Western European Summer Time:WEST', 'Central European Standard Time:CET',
    'Central European Summer Time:CEST', 'Eastern European Standard Time:EET', 'Eastern European Summer Time:EEST',
    'Moscow Standard Time:MSK', 'Türkiye Standard Time:TRT', 'Israel Standard Time:IST', 'Israel Daylight Time:IDT',
    'Arabian Standard Time:AST', 'Gulf Standard Time:GST', 'Iran Standard Time:IRST', 'Afghanistan Time:AFT',
    'Pakistan Standard Time:PKT', 'India Standard Time:IST', 'Nepal Time:NPT', 'Bangladesh Standard Time:BDT',
    'Bhutan Time:BTT', 'Myanmar Time:MMT', 'Indochina Time:ICT', 'Western Indonesia Time:WIB', 'Central Indonesia Time:WITA',
    'Eastern Indonesia Time:WIT', 'Singapore Standard Time:SGT', 'Malaysia Time:MYT', 'China Standard Time:CST',
    'Hong Kong Standard Time:HKT', 'Taiwan Standard Time:CST', 'Philippine Standard Time:PST', 'Japan Standard Time:JST',
    'Korean Standard Time:KST', 'Australian Western Standard Time:AWST', 'Australian Central Western Standard Time:ACWST',
    'Australian Central Standard Time:ACST', 'Australian Central Daylight Time:ACDT', 'Australian Eastern Standard Time:AEST',
    'Australian Eastern Daylight Time:AEDT', 'Lord Howe Standard Time:LHST', 'Lord Howe Daylight Time:LHDT',
    'New Zealand Standard Time:NZST', 'New Zealand Daylight Time:NZDT', 'Chatham Standard Time:CHAST', 'Chatham Daylight Time:CHADT',
    'Fiji Standard Time:FJT', 'Tonga Standard Time:TOT', 'Samoa Standard Time:WSST', 'West Africa Time:WAT', 'Central Africa Time:CAT',
    'East Africa Time:EAT', 'South Africa Standard Time:SAST', 'Mauritius Standard Time:MUT', 'Cape Verde Standard Time:CVT',
    'Azores Standard Time:AZOT', 'Azores Summer Time:AZOST', 'Argentina Standard Time:ART', 'Brasilia Standard Time:BRT',
    'Amazon Standard Time:AMT', 'Bolivia Time:BOT', 'Chile Standard Time:CLT', 'Chile Summer Time:CLST', 'Colombia Standard Time:COT',
    'Ecuador Time:ECT', 'Peru Standard Time:PET', 'Uruguay Standard Time:UYT', 'Venezuela Time:VET', 'Newfoundland Standard Time:NST',
    'Newfoundland Daylight Time:NDT', 'Cuba Standard Time:CST', 'Cuba Daylight Time:CDT', 'Mexican Pacific Standard Time:MST',
    'Armenia Standard Time:AMT', 'Azerbaijan Standard Time:AZT', 'Georgia Standard Time:GET', 'Uzbekistan Standard Time:UZT',
    'Yekaterinburg Standard Time:YEKT', 'Omsk Standard Time:OMST', 'Irkutsk Standard Time:IRKT', 'Yakutsk Standard Time:YAKT',
    'Vladivostok Standard Time:VLAT', 'Hawaii-Aleutian Standard Time:HST', 'Alaska Standard Time:AKST', 'Alaska Daylight Time:AKDT',
    'Pacific Standard Time:PST', 'Pacific Daylight Time:PDT', 'Mountain Standard Time:MST', 'Mountain Daylight Time:MDT',
    'Central Standard Time:CST', 'Central Daylight Time:CDT', 'Eastern Standard Time:EST', 'Eastern Daylight Time:EDT',
    'Atlantic Standard Time:AST', 'Atlantic Daylight Time:ADT',
  ].map(entry => entry.split(':') as [string, string]),
)

export type NameStyle = 'short' | 'full' | 'genericShort' | 'genericFull'

/** Names do not change with history: those of this year (January and July 2024, seconds) hold for all. */
const winter = 1_705_320_000
const summer = 1_721_044_800
export const seasons: readonly number[] = [winter, summer]

const known = new Map<string, string>()

/**
 * What the zone's time is called at an instant (seconds): `PDT`, `Pacific Daylight Time`, or without a season `PT`,
 * `Pacific Time`. An offset has its id.
 */
export function zoneName(zone: Zone, instant: number, style: NameStyle): string {
  if (zone.id === 'UTC') return style === 'short' || style === 'genericShort' ? 'UTC' : 'Coordinated Universal Time'
  if (zone.fixed !== null) return zone.id
  const daylight = isDaylight(zone, instant)
  const key = `${zone.id} ${style} ${daylight}`
  let name = known.get(key)
  if (name === undefined) {
    name = nameInSeason(zone, daylight, style)
    known.set(key, name)
  }
  return name
}

/** Whether clocks are ahead of what they show at another time of the same year. */
function isDaylight(zone: Zone, instant: number): boolean {
  const quarter = 91 * 86_400
  const own = zone.offsetAt(instant)
  return [-2, -1, 1, 2].some(k => own > zone.offsetAt(instant + k * quarter))
}

function nameInSeason(zone: Zone, daylight: boolean, style: NameStyle): string {
  const reference = seasons.find(at => isDaylight(zone, at) === daylight) ?? winter
  if (style === 'full') return intlName(zone.id, reference, 'long')
  if (style === 'genericFull') return intlName(zone.id, reference, 'longGeneric')
  if (style === 'short') return abbreviations.get(intlName(zone.id, reference, 'long')) ?? intlName(zone.id, reference, 'short')
  const generic = intlName(zone.id, reference, 'shortGeneric')
  return /^[A-Z]+$/.test(generic) ? generic : nameInSeason(zone, false, 'short')
}

function intlName(id: string, instant: number, style: 'long' | 'short' | 'longGeneric' | 'shortGeneric'): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: id, timeZoneName: style }).formatToParts(instant * 1000)
  return parts.find(part => part.type === 'timeZoneName')?.value ?? id
}

/** The zone that an English name or abbreviation means when it is read: those of North America and UTC. */
export const zonesByName: ReadonlyMap<string, string> = new Map([
  ['utc', 'UTC'], ['gmt', 'GMT'], ['pst', 'America/Los_Angeles'], ['pdt', 'America/Los_Angeles'], ['mst', 'America/Denver'], ['mdt', 'America/Denver'],
  ['cst', 'America/Chicago'], ['cdt', 'America/Chicago'], ['est', 'America/New_York'], ['edt', 'America/New_York'], ['akst', 'America/Anchorage'],
  ['akdt', 'America/Anchorage'], ['hst', 'Pacific/Honolulu'], ['cet', 'Europe/Paris'], ['cest', 'Europe/Paris'], ['eet', 'Europe/Bucharest'],
  ['eest', 'Europe/Bucharest'], ['wet', 'Europe/Lisbon'], ['west', 'Europe/Lisbon'], ['bst', 'Europe/London'], ['msk', 'Europe/Moscow'],
  ['jst', 'Asia/Tokyo'], ['kst', 'Asia/Seoul'], ['sgt', 'Asia/Singapore'], ['hkt', 'Asia/Hong_Kong'], ['aest', 'Australia/Sydney'], ['aedt', 'Australia/Sydney'],
  ['nzst', 'Pacific/Auckland'], ['nzdt', 'Pacific/Auckland'],
])
