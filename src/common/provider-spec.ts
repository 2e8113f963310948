import type { Json } from './json.ts'

/** A source, sink, format or model as data: who provides it and with which options. */
export interface ProviderSpec {
  readonly provider: string
  readonly options: { readonly [key: string]: Json }
}
