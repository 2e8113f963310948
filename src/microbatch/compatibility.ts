import { durationText } from '../common/duration.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import { quoteList } from '../common/suggest.ts'
import type { OperatorDescription, QueryDescription } from '../checkpoint/records.ts'

/**
 * Whether a query may go on from the checkpoint of an earlier version of itself (semantics.md §1.16; an appended
 * aggregate is our one addition): sources by name and kind, stateful operators by name, keys and values. Filters,
 * projections, limits, triggers and output mode may change.
 * @throws CheckpointError CHECKPOINT_INCOMPATIBLE, CHECKPOINT_KEY_INCOMPATIBLE, CHECKPOINT_VALUE_INCOMPATIBLE, CHECKPOINT_STATE_MISSING
 */
export function checkCompatible(old: QueryDescription, now: QueryDescription, options: { readonly mayAppend: boolean } = { mayAppend: true }): void {
  for (const source of old.sources) {
    const same = now.sources.find(s => s.name === source.name)
    if (same === undefined) throw changed(`source "${source.name}" (${source.provider}) is gone, the query has ${quoteList(now.sources.map(s => s.name))}`, 'Keep the source, under its name', 'STREAM_FAILED')
    if (same.provider !== source.provider) throw changed(`source "${source.name}" was ${source.provider} and is ${same.provider}`, 'Give the new source another name', 'STREAM_FAILED')
  }
  for (const source of now.sources) {
    if (!old.sources.some(s => s.name === source.name)) throw changed(`source "${source.name}" (${source.provider}) is new`, 'Start the changed query on its own checkpoint', 'STREAM_FAILED')
  }
  if (old.operators.length === 0 && now.operators.length > 0) throw stateMissing(now.operators[0].name)
  for (const operator of old.operators) {
    const same = now.operators.find(o => o.name === operator.name)
    if (same === undefined || same.kind !== operator.kind) throw changed(`stateful operator "${operator.name}" (${operator.kind}) is gone`, 'Keep it, or start on a new checkpointLocation')
    checkOperator(operator, same)
    if (!options.mayAppend && same.values.length > operator.values.length) throw incompatible('CHECKPOINT_VALUE_INCOMPATIBLE', operator.name, `aggregate "${same.values[operator.values.length].name}" is new, and the query is to behave like Spark`)
  }
  for (const operator of now.operators) {
    if (!old.operators.some(o => o.name === operator.name)) throw changed(`stateful operator "${operator.name}" (${operator.kind}) is new`, 'Start on a new checkpointLocation')
  }
}

function checkOperator(old: OperatorDescription, now: OperatorDescription): void {
  const fields = (list: OperatorDescription['keys']): string => list.map(f => `${f.name}: ${f.type}`).join(', ')
  if (old.keys.length !== now.keys.length || old.keys.some((k, i) => k.type !== now.keys[i].type)) {
    throw incompatible('CHECKPOINT_KEY_INCOMPATIBLE', old.name, `its keys were (${fields(old.keys)}) and are (${fields(now.keys)})`)
  }
  if (old.time !== now.time) throw incompatible('CHECKPOINT_KEY_INCOMPATIBLE', old.name, `its time was ${describeTime(old.time)} and is ${describeTime(now.time)}`)
  old.values.forEach((v, i) => {
    const same = now.values.at(i)
    if (same === undefined) throw incompatible('CHECKPOINT_VALUE_INCOMPATIBLE', old.name, `aggregate "${v.name}" (${v.type}) is gone`)
    if (same.type !== v.type) throw incompatible('CHECKPOINT_VALUE_INCOMPATIBLE', old.name, `aggregate ${i + 1} was ${v.type} ("${v.name}") and is ${same.type} ("${same.name}")`)
  })
}

/** As in the query: `window 10000000 5000000 0` is a window of 10 seconds every 5 seconds. */
function describeTime(time: string): string {
  const [, size, slide, start, panes] = /^window (\d+) (\d+) (-?\d+)(?: in panes of (\d+))?$/.exec(time) ?? []
  if (size === undefined) return time
  const text = (micros: string): string => durationText(Number(micros))
  return `a window of ${text(size)}${slide === size ? '' : ` every ${text(slide)}`}${start === '0' ? '' : `, beginning at ${text(start)}`}${panes === undefined ? '' : `, kept in panes of ${text(panes)}`}`
}

/** Spark has a condition for changed operators, and none for changed sources. */
function changed(what: string, advice: string, spark = 'STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA'): MillraceError {
  return makeError('CHECKPOINT_INCOMPATIBLE', `The query does not fit its checkpoint: ${what}. ${advice}.`, { context: { what }, spark })
}

function stateMissing(operator: string): MillraceError {
  return makeError('CHECKPOINT_STATE_MISSING', `The query does not fit its checkpoint: operator "${operator}" needs state, and the checkpoint is of a query without any. Start on a new checkpointLocation.`, { context: { operator } })
}

function incompatible(code: 'CHECKPOINT_KEY_INCOMPATIBLE' | 'CHECKPOINT_VALUE_INCOMPATIBLE', operator: string, what: string): MillraceError {
  return makeError(code, `Operator "${operator}" does not fit its checkpoint: ${what}. Aggregates may be renamed or appended at the end; for anything else start on a new checkpointLocation.`, { context: { operator, what } })
}
