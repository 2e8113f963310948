import { type DataType, dateType, stringType, timestampType } from '../../columnar/data-type.ts'
import { dayOfMicros } from '../../columnar/text/civil.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../function-table.ts'
import { literalVector } from '../literal.ts'
import { signature } from './define.ts'

/** The batch clock: the same for all rows of a batch, and again when the batch is replayed. */
function clockFunction(name: string, aliases: readonly string[], result: DataType, doc: string, kernel: Kernel): FunctionEntry {
  return { name, aliases, arity: [0, 0], usage: `${name}() -> ${result.kind}`, doc, safe: true, deterministic: false, resolve: () => signature([], result, kernel) }
}

export const clockFunctions: readonly FunctionEntry[] = [
  clockFunction('current_timestamp', ['now'], timestampType, 'The clock of the batch.', (_args, length, _validity, context) =>
    new Vector(timestampType, length, null, new Float64Array(length).fill(context.nowMicros))),
  clockFunction('current_date', ['curdate'], dateType, 'The day of the batch clock in the session zone.', (_args, length, _validity, context) =>
    new Vector(dateType, length, null, new Int32Array(length).fill(dayOfMicros(requireZone(context.timeZone).toLocal(context.nowMicros))))),
  clockFunction('current_timezone', [], stringType, 'The name of the session zone.', (_args, length, _validity, context) =>
    literalVector(context.timeZone, stringType, length)),
]
