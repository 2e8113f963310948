import { Civil, floorDiv, microsPerDay, microsPerSecond } from './civil.ts'

const zero = 48
const plus = 43
const minus = 45
const colon = 58
const dot = 46
const space = 32

/** The longest text of {@link SparkTimeWriter}: sign, seven digits of year, date, time and fraction. */
export const maxTimeTextBytes = 34

/** Writes dates and timestamps as Spark's casts print them, one after the other into one growing buffer. */
export class SparkTimeWriter {
  bytes: Uint8Array
  length = 0
  readonly #civil = new Civil()

  constructor(capacity: number) {
    this.bytes = new Uint8Array(Math.max(64, capacity))
  }

  /** `yyyy-MM-dd`; years above 9999 with a plus sign, years before 0000 with a minus sign. */
  date(days: number): void {
    this.#reserve()
    const civil = this.#civil
    civil.setDays(days)
    let year = civil.year
    if (year < 0) {
      this.#byte(minus)
      year = -year
    } else if (year > 9999) this.#byte(plus)
    if (year > 9999) for (const c of String(year)) this.#byte(c.charCodeAt(0))
    else this.#digits(year, 4)
    this.#byte(minus)
    this.#digits(civil.month, 2)
    this.#byte(minus)
    this.#digits(civil.day, 2)
  }

  /** `yyyy-MM-dd HH:mm:ss` and a fraction without closing zeros, of local time in microseconds. */
  localTimestamp(local: number): void {
    const days = floorDiv(local, microsPerDay)
    const ofDay = local - days * microsPerDay
    this.date(days)
    this.#byte(space)
    const seconds = Math.floor(ofDay / microsPerSecond)
    this.#digits((seconds / 3600) | 0, 2)
    this.#byte(colon)
    this.#digits(((seconds / 60) | 0) % 60, 2)
    this.#byte(colon)
    this.#digits(seconds % 60, 2)
    let micros = ofDay - seconds * microsPerSecond
    if (micros === 0) return
    let width = 6
    while (micros % 10 === 0) {
      micros /= 10
      width--
    }
    this.#byte(dot)
    this.#digits(micros, width)
  }

  #byte(byte: number): void {
    this.bytes[this.length++] = byte
  }

  #digits(value: number, width: number): void {
    let rest = value
    for (let k = width - 1; k >= 0; k--) {
      const next = (rest / 10) | 0
      this.bytes[this.length + k] = zero + rest - next * 10
      rest = next
    }
    this.length += width
  }

  #reserve(): void {
    if (this.length + maxTimeTextBytes <= this.bytes.length) return
    const grown = new Uint8Array(this.bytes.length * 2)
    grown.set(this.bytes)
    this.bytes = grown
  }
}
