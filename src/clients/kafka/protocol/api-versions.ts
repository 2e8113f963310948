import type { KafkaRequest } from './request.ts'
import { ResponseReader } from './response-reader.ts'

export interface ApiVersions {
  readonly errorCode: number
  /** By key of the API. */
  readonly ranges: ReadonlyMap<number, { readonly minVersion: number; readonly maxVersion: number }>
}

/** Version 0, which every broker takes: ApiVersionsResponse => error_code [api_key min_version max_version], all INT16. */
export const apiVersionsRequest: KafkaRequest<ApiVersions> = Object.freeze({
  api: { name: 'ApiVersions', key: 18, version: 0 },
  body: Buffer.alloc(0),
  decode(answer: Buffer): ApiVersions {
    const r = new ResponseReader(answer, 'plain')
    const errorCode = r.int16()
    const ranges = r.plainArray(() => [r.int16(), { minVersion: r.int16(), maxVersion: r.int16() }] as const)
    return { errorCode, ranges: new Map(ranges) }
  },
})
