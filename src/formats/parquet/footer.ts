import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { asUnreadable, unreadable } from '../file-errors.ts'
import type { RandomAccess } from '../random-access.ts'
import { thriftEnd } from './thrift-guard.ts'

/*
 *   "PAR1" | column chunks … | metadata (Thrift) | metadata length, 4 bytes | "PAR1"
 */
const magicPlain = 0x31524150
const magicEncrypted = 0x45524150

/**
 * The metadata at the end of a Parquet file.
 *
 * @throws QueryError FORMAT_UNREADABLE when the file is no Parquet file, cut short, or encrypted
 */
export async function readFooter(file: RandomAccess): Promise<FileMetaData> {
  if (file.size < 12) throw unreadable(file.name, `it has ${file.size} bytes, and the smallest Parquet file has 12`)
  const tail = await file.read(file.size - 8, file.size)
  const view = new DataView(tail.buffer)
  const magic = view.getUint32(4, true)
  if (magic === magicEncrypted) throw unreadable(file.name, 'its footer is encrypted, which is not supported', file.size - 4)
  if (magic !== magicPlain) throw unreadable(file.name, 'it does not end as a Parquet file does (PAR1); it is cut short or of another format', file.size - 4)
  const length = view.getUint32(0, true)
  const start = file.size - 8 - length
  if (start < 4) throw unreadable(file.name, `its footer claims ${length} bytes of metadata, more than the file has`, file.size - 8)
  const bytes = await file.read(start, file.size)
  try {
    if (thriftEnd(bytes, 0, length) < 0) throw new Error('the metadata ends in the middle of a record')
    return parquetMetadata(bytes, { geoparquet: false, parsers: rawStatistics })
  } catch (error) {
    throw asUnreadable(error, file.name, start)
  }
}

/** Statistics are not used, so they are not made into dates and strings either. */
const rawStatistics = {
  timestampFromMilliseconds: (n: bigint) => n,
  timestampFromMicroseconds: (n: bigint) => n,
  timestampFromNanoseconds: (n: bigint) => n,
  dateFromDays: (n: number) => n,
  stringFromBytes: (bytes: Uint8Array) => bytes,
  uuidFromBytes: (bytes: Uint8Array) => bytes,
}
