import { schema, t, type TypedSchema } from '../../columnar/schema-builder.ts'
import { type OptionsOf, resolveOptions } from '../../common/options.ts'
import { socketSourceOptions } from '../../sources/socket/socket-source.ts'
import { type SourceConnector, sourceConnector, type SourceName } from '../connector.ts'

export type SocketOptions = OptionsOf<typeof socketSourceOptions> & SourceName

/** A row of socket(): a line, and with `includeTimestamp` the instant at which it was received. */
export type SocketRow<O> = O extends { readonly includeTimestamp: true } ? { value: string; timestamp: Date } : { value: string }

const plain = schema({ value: t.string() })
const timed = schema({ value: t.string(), timestamp: t.timestamp() })

/** Lines of a TCP server. Each is kept in the checkpoint before it counts, so that a restart loses nothing received. */
export function socket<const O extends SocketOptions>(options: O): SourceConnector<SocketRow<O>> {
  const lines = (options.includeTimestamp === true ? timed : plain) as TypedSchema<SocketRow<O>>
  return sourceConnector('socket', options, lines, o => void resolveOptions(socketSourceOptions, o, 'source "socket"'))
}
