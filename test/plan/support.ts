import { memory } from '../../src/session/connectors/memory.ts'
import { MemorySource } from '../../src/sources/memory/memory-source.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import type { DataFrame } from '../../src/session/data-frame.ts'
import { Session } from '../../src/session/session.ts'
import type { LogicalPlan, ScanNode } from '../../src/plan/logical-plan.ts'
import { nodesOf } from '../../src/plan/logical-plan.ts'

export const event = schema({ at: t.timestamp(), user: t.string(), amount: t.float64(), note: t.string() })
export interface Event {
  at: Date
  user: string
  amount: number
  note: string
}

const session = await Session.start()

/** A stream of events; with a name it is another source than the others. */
export const stream = (name?: string): DataFrame<Event> => session.readStream(memory(new MemorySource<Event>(event), name === undefined ? {} : { name }))
/** A table of users and what is known of them. */
export const table = () => session.readBatch(memory(new MemorySource(schema({ user: t.string(), home: t.string(), age: t.float64() }))))

/** The columns that each scan of a plan reads. */
export function columnsRead(plan: LogicalPlan): string[][] {
  return [...nodesOf(plan)].filter((n): n is ScanNode => n.kind === 'scan').map(n => n.schema.fields.map(f => f.name))
}
