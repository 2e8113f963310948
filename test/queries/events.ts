import { schema, t } from 'millrace'

/** Small events that several golden queries read. */
export const event = schema({ at: t.nullable(t.timestamp()), user: t.string(), amount: t.nullable(t.float64()) })
