import { resolveRegistryOptions } from '../../../clients/schema-registry/options.ts'
import { SchemaRegistry } from '../../../clients/schema-registry/schema-registry.ts'
import type { Ports } from '../../../common/ports.ts'
import type { DecodedColumns } from '../options.ts'

/** What decoding needs of the world. */
export interface DecodeEnvironment {
  readonly signal: AbortSignal
  registryOf(decoded: DecodedColumns): SchemaRegistry
}

/** The registries of a reader, which go on knowing their schemas from range to range. */
export class Registries {
  readonly #open = new Map<DecodedColumns, SchemaRegistry>()

  environment(ports: Ports, signal: AbortSignal): DecodeEnvironment {
    return {
      signal,
      registryOf: decoded => {
        const known = this.#open.get(decoded) ?? new SchemaRegistry(resolveRegistryOptions(decoded.formatOptions), ports)
        this.#open.set(decoded, known)
        return known
      },
    }
  }
}
