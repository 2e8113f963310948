import { invalidArgument } from '../invalid-argument.ts'

/** One piece of a format string: plain text, or a conversion of an argument. */
export type FormatPart = string | FormatSpec

export interface FormatSpec {
  /** Which argument, from 0. */
  readonly argument: number
  readonly flags: ReadonlySet<string>
  /** −1: none. */
  readonly width: number
  readonly precision: number
  /** In lower case; `upper` says that the result is put in upper case. */
  readonly conversion: string
  readonly upper: boolean
  readonly text: string
}

export function invalidFormat(what: string, spark = 'INVALID_PARAMETER_VALUE'): Error {
  return invalidArgument('format_string', what, 'See the conversions %s %d %x %o %f %e %g %c %b %n %%.', spark)
}

/** Widths and precisions above this make no sense and would only cost memory. */
const maxWidth = 10_000

/** Reads a format string of Java's Formatter: `%[argument$][flags][width][.precision]conversion`. */
export function parseFormat(format: string): readonly FormatPart[] {
  const parts: FormatPart[] = []
  const shape = /%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y
  let next = 0
  let last = -1
  let at = 0
  while (at < format.length) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      parts.push(format.slice(at))
      break
    }
    if (percent > at) parts.push(format.slice(at, percent))
    shape.lastIndex = percent
    const match = shape.exec(format)
    if (match === null) throw invalidFormat(`the format ${JSON.stringify(format)}, in which "${format.slice(percent, percent + 10)}" is no conversion`)
    const [text, index, relative, flags, width, precision, conversion] = match
    at = percent + text.length
    if (conversion === 'n') {
      parts.push('\n')
      continue
    }
    if (index !== undefined && Number(index) === 0) throw invalidFormat(`argument 0 in ${JSON.stringify(text)}; arguments count from 1`, 'INVALID_PARAMETER_VALUE.ZERO_INDEX')
    let argument = -1
    if (conversion !== '%') argument = index !== undefined ? Number(index) - 1 : relative !== undefined ? last : next++
    last = argument
    const spec: FormatSpec = {
      argument,
      flags: new Set(flags),
      width: width === undefined ? -1 : Number(width),
      precision: precision === undefined ? -1 : Number(precision),
      conversion: conversion.toLowerCase(),
      upper: conversion !== conversion.toLowerCase(),
      text,
    }
    if (spec.width > maxWidth || spec.precision > maxWidth) throw invalidFormat(`a width above ${maxWidth} in ${JSON.stringify(text)}`)
    if (spec.width < 0 && (spec.flags.has('-') || spec.flags.has('0'))) throw invalidFormat(`${JSON.stringify(text)}, whose flag needs a width`)
    checkFlags(spec)
    parts.push(conversion === '%' ? pad('%', spec) : spec)
  }
  return parts
}

/** Flags that contradict each other, or that the conversion does not take. */
function checkFlags({ flags, conversion, text }: FormatSpec): void {
  const clash = (flags.has('-') && flags.has('0')) || (flags.has('+') && flags.has(' '))
  const forText = 'sbc%'.includes(conversion) && [...flags].some(flag => flag !== '-')
  if (clash || forText) throw invalidFormat(`${JSON.stringify(text)}, whose flags do not go together`)
}

/** Filled with spaces to the width, on the left unless the flag says otherwise. */
export function pad(text: string, spec: FormatSpec): string {
  return spec.flags.has('-') ? text.padEnd(spec.width) : text.padStart(spec.width)
}
