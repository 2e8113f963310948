import { type DataType, float64Type, int32Type, int64Type, isIntegral, isNumeric, stringType } from '../../../columnar/data-type.ts'
import { type DecimalDigits, exactDigits, plainText, roundDigits, shortestDigits } from '../../../columnar/text/decimal-digits.ts'
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
  if (match === null || /\.$|\.[^0#]/.test(pattern)) {
    throw invalidArgument('format_number', `the pattern ${JSON.stringify(pattern)}`, 'Use # and 0 for digits, a comma for thousands and a point, as in #,##0.00.', 'INVALID_PARAMETER_VALUE')
  }
  const [, prefix, whole, zeros = '', optional = '', suffix] = match
  const comma = whole.lastIndexOf(',')
  const minWhole = whole.replaceAll(/[^0]/g, '').length
  // A pattern with a point and no 0 at all has one by nature: before the point, or behind it where nothing stands before.
  const bare = pattern.includes('.') && minWhole === 0 && zeros === ''
  return {
    prefix,
    suffix,
    grouping: comma < 0 ? 0 : whole.length - comma - 1,
    minWhole: bare && whole !== '' ? 1 : minWhole,
    minFraction: bare && whole === '' && optional !== '' ? 1 : zeros.length,
    maxFraction: zeros.length + optional.length,
  }
}

function layoutOf(digits: number): Layout {
  return { prefix: '', suffix: '', grouping: 3, minWhole: 1, minFraction: digits, maxFraction: digits }
}

/**
 * Rounded half even. The digits are the shortest ones of the number; only where they lie half-way does the exact value
 * decide, which may be a little above or below.
 */
function rounded(digits: DecimalDigits, exact: () => DecimalDigits, scale: number): DecimalDigits {
  const keep = digits.exponent + scale
  const halfWay = keep >= 0 && digits.digits.length === keep + 1 && digits.digits.endsWith('5')
  return roundDigits(halfWay ? exact() : digits, scale, 'halfEven')
}

function layOut(value: DecimalDigits, layout: Layout): string {
  const { whole, fraction } = plainText(value, layout.minFraction)
  let digits = (whole === '0' ? '' : whole).padStart(layout.minWhole, '0')
  if (digits === '' && fraction === '') digits = '0'
  const shown = layout.grouping === 0 ? digits : grouped(digits, layout.grouping)
  return `${value.negative ? '-' : ''}${layout.prefix}${shown}${fraction === '' ? '' : `.${fraction}`}${layout.suffix}`
}

function grouped(digits: string, size: number): string {
  let out = digits
  for (let at = digits.length - size; at > 0; at -= size) out = `${out.slice(0, at)},${out.slice(at)}`
  return out
}

function wholeDigits(value: bigint): DecimalDigits {
  const text = String(value < 0n ? -value : value)
  return value === 0n ? { negative: false, digits: '', exponent: 0 } : { negative: value < 0n, digits: text.replace(/0+$/, ''), exponent: text.length }
}

function format(value: number | bigint, layout: Layout): string {
  if (typeof value === 'bigint') return layOut(wholeDigits(value), layout)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : `${value > 0 ? '' : '-'}${layout.prefix}∞${layout.suffix}`
  return layOut(rounded(shortestDigits(value), () => exactDigits(value), layout.maxFraction), layout)
}

function formatNumberSignature([value, how]: readonly ResolvedArgument[]): Signature | undefined {
  const type: DataType = isIntegral(value.type) ? int64Type : float64Type
  if (!isNumeric(value.type) && value.type.kind !== 'null') return undefined
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
