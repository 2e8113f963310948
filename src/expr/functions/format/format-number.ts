import { type DataType, float64Type, int32Type, int64Type, isIntegral, isNumeric, stringType } from '../../../columnar/data-type.ts'
import { type DecimalDigits, exactDigits, plainText, roundDigits } from '../../../columnar/text/decimal-digits.ts'
import type { FunctionEntry, ResolvedArgument, Signature } from '../../function-table.ts'
import { rowKernel, signature } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'

/** How a number is laid out. */
interface Layout {
  readonly prefix: string
  readonly suffix: string
  /** Digits between thousands separators; 0: none. */
  readonly grouping: number
  readonly minWhole: number
  readonly minFraction: number
  readonly maxFraction: number
}

/** `#,##0.00` and the like: # is a digit where there is one, 0 always a digit, a comma sets the size of groups. */
function parseLayout(pattern: string): Layout {
  const match = /^([^#0,.'%‰;E¤-]*)([#,]*[0,]*)(?:\.(0*)(#*))?([^#0,.'%‰;E¤-]*)$/.exec(pattern)
  if (match === null) {
    throw invalidArgument('format_number', `the pattern ${JSON.stringify(pattern)}`, 'Use # and 0 for digits, a comma for thousands and a point, as in #,##0.00.', 'INVALID_PARAMETER_VALUE')
  }
  const [, prefix, whole, zeros = '', optional = '', suffix] = match
  const comma = whole.lastIndexOf(',')
  const minWhole = whole.replaceAll(/[^0]/g, '').length
  return {
    prefix,
    suffix,
    grouping: comma < 0 ? 0 : whole.length - comma - 1,
    // A pattern without any 0 shows a digit before the point only where it has one, or has no fraction to show.
    minWhole,
    minFraction: zeros.length,
    maxFraction: zeros.length + optional.length,
  }
}

function layoutOf(digits: number): Layout {
  return { prefix: '', suffix: '', grouping: 3, minWhole: 1, minFraction: digits, maxFraction: digits }
}

/** Rounded half even in the exact value of the number. */
function layOut(exact: DecimalDigits, layout: Layout): string {
  const rounded = roundDigits(exact, layout.maxFraction, 'halfEven')
  const { whole, fraction } = plainText(rounded, layout.minFraction)
  let digits = whole === '0' ? '' : whole
  digits = digits.padStart(layout.minWhole, '0')
  if (digits === '' && fraction === '') digits = '0'
  const shown = layout.grouping === 0 ? digits : grouped(digits, layout.grouping)
  return `${exact.negative ? '-' : ''}${layout.prefix}${shown}${fraction === '' ? '' : `.${fraction}`}${layout.suffix}`
}

function grouped(digits: string, size: number): string {
  let out = digits
  for (let at = digits.length - size; at > 0; at -= size) out = `${out.slice(0, at)},${out.slice(at)}`
  return out
}

function digitsOf(value: number | bigint): DecimalDigits | string {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return exactDigits(value)
    return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞'
  }
  const text = String(value < 0n ? -value : value)
  return { negative: value < 0n, digits: value === 0n ? '' : text.replace(/0+$/, ''), exponent: value === 0n ? 0 : text.length }
}

function format(value: number | bigint, layout: Layout): string {
  const digits = digitsOf(value)
  return typeof digits === 'string' ? digits : layOut(digits, layout)
}

function formatNumberSignature([value, how]: readonly ResolvedArgument[]): Signature | undefined {
  const type: DataType = isIntegral(value.type) ? int64Type : float64Type
  if (!isNumeric(value.type) && value.type.kind !== 'string' && value.type.kind !== 'null') return undefined
  if (how.type.kind !== 'string') {
    const kernel = rowKernel([float64Type, int32Type], stringType, (x, digits) => (digits < 0 ? null : format(x, layoutOf(digits))))
    return signature([type, int32Type], stringType, kernel, true)
  }
  const layouts = new Map<string, Layout>()
  const layoutFor = (pattern: string): Layout => {
    let layout = layouts.get(pattern)
    if (layout === undefined) {
      layout = pattern === '' ? layoutOf(0) : parseLayout(pattern)
      if (layouts.size < 100) layouts.set(pattern, layout)
    }
    return layout
  }
  return signature([type, stringType], stringType, rowKernel([float64Type, stringType], stringType, (x, pattern) => format(x, layoutFor(pattern))))
}

export const formatNumberFunctions: readonly FunctionEntry[] = [
  {
    name: 'format_number',
    arity: [2, 2],
    usage: 'format_number(value: number, digits: int | pattern: string) -> string',
    doc: 'A number with thousands separators and a fixed number of digits after the point, or by a pattern such as #,##0.00.',
    resolve: formatNumberSignature,
  },
]
