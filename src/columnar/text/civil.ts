/**
 * The proleptic Gregorian calendar on whole numbers: days since 1970-01-01 to year, month and day and back, without a
 * JavaScript Date. The year is split at March, so that a leap day is the last of its year, and the calendar repeats
 * every 400 years (146,097 days).
 */
export const microsPerSecond = 1e6
export const microsPerDay = 86_400e6
export const secondsPerDay = 86_400

/** A date taken apart. One object is reused for all rows of a kernel. */
export class Civil {
  year = 1970
  month = 1
  day = 1

  setDays(days: number): void {
    const z = days + 719_468
    const era = Math.floor(z / 146_097)
    const dayOfEra = z - era * 146_097
    const yearOfEra = ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)) / 365) | 0
    const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0))
    const shifted = ((5 * dayOfYear + 2) / 153) | 0
    this.day = dayOfYear - (((153 * shifted + 2) / 5) | 0) + 1
    this.month = shifted < 10 ? shifted + 3 : shifted - 9
    this.year = yearOfEra + era * 400 + (this.month <= 2 ? 1 : 0)
  }
}

/** Days since 1970-01-01 of a valid date. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1
  const dayOfEra = yearOfEra * 365 + (yearOfEra >> 2) - ((yearOfEra / 100) | 0) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const monthDays = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : monthDays[month]
}

export function isValidDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** Monday is 0, Sunday 6. */
export function weekdayOfDays(days: number): number {
  return floorMod(days + 3, 7)
}

/** 1 to 366. */
export function dayOfYear(days: number, civil: Civil): number {
  civil.setDays(days)
  return days - daysFromCivil(civil.year, 1, 1) + 1
}

/**
 * Days of the same day `months` later, the end of a shorter month where it has no such day (January 31 plus one month
 * is the last of February; the day does not spring back afterwards).
 */
export function addMonths(days: number, months: number, civil: Civil): number {
  civil.setDays(days)
  const total = civil.year * 12 + civil.month - 1 + months
  const year = Math.floor(total / 12)
  const month = total - year * 12 + 1
  return daysFromCivil(year, month, Math.min(civil.day, daysInMonth(year, month)))
}

/** Remainder with the sign of the divisor; exact for all whole float64 numbers. */
export function floorMod(a: number, b: number): number {
  const r = a % b
  return r !== 0 && r < 0 !== b < 0 ? r + b : r + 0
}

/** The largest whole number not above a / b; exact for all whole float64 numbers whose quotient is below 2^53. */
export function floorDiv(a: number, b: number): number {
  const q = Math.floor(a / b)
  // The division may round up to the next whole number just below it.
  if (Math.abs(a) <= Number.MAX_SAFE_INTEGER) {
    const r = a - q * b
    return r < 0 ? q - 1 : r >= b ? q + 1 : q
  }
  return (a - floorMod(a, b)) / b
}

/** Beyond this many seconds (the year 20236) not even whole seconds are exact as microseconds; 10^6 is 15,625 times 2^6. */
const maxSeconds = Number.MAX_SAFE_INTEGER / 15_625

/** Microseconds of whole seconds and a fraction, NaN where float64 cannot hold them. */
export function microsOfSeconds(seconds: number, micros: number): number {
  return seconds <= maxSeconds && seconds >= -maxSeconds ? exactSum(seconds * microsPerSecond, micros) : NaN
}

/** The day on which a moment of local time lies (microseconds). */
export function dayOfMicros(micros: number): number {
  return floorDiv(micros, microsPerDay)
}

/**
 * `whole` + `part` if float64 holds the sum exactly, NaN if not. Needed beyond ±2^53 microseconds (years 1684 to 2255),
 * where whole seconds are still exact but single microseconds are not.
 */
export function exactSum(whole: number, part: number): number {
  const sum = whole + part
  return sum - whole === part && sum - part === whole ? sum : NaN
}
