import type { ModelArtefact } from './model.ts'

export interface CodeFormat {
  readonly name: string
  readonly reason: string
  readonly advice: string
}

const pickleReason = 'opening one runs the code inside it'
const pickleAdvice = 'Convert the model to ONNX (skl2onnx), or save it in the format of its own library, such as XGBoost JSON.'
const torchAdvice = 'Export the model with torch.onnx.export().'

/**
 * Recognises formats whose loading means running what is in them. Pickle protocol 2 and newer begins with 0x80 and the
 * protocol number and ends with a full stop; joblib may compress it; torch puts a pickle into a zip.
 */
export function codeFormatOf(artefact: ModelArtefact): CodeFormat | undefined {
  for (const { path, bytes } of artefact.files) {
    if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) {
      const head = latin1(bytes, 4096)
      if (head.includes('torch')) return { name: 'torch file', reason: pickleReason, advice: torchAdvice }
      if (head.includes('joblib')) return { name: 'joblib file', reason: pickleReason, advice: pickleAdvice }
      return { name: 'Python pickle', reason: pickleReason, advice: pickleAdvice }
    }
    if (isZip(bytes) && /(^|\/)data\.pkl/.test(latin1(bytes, 4096))) return { name: 'torch file', reason: pickleReason, advice: torchAdvice }
    if (/\.joblib$/.test(path)) return { name: 'joblib file', reason: pickleReason, advice: pickleAdvice }
    if (/\.(pkl|pickle)$/.test(path)) return { name: 'Python pickle', reason: pickleReason, advice: pickleAdvice }
    if (/\.(pt|pth)$/.test(path)) return { name: 'torch file', reason: pickleReason, advice: torchAdvice }
  }
  return undefined
}

/** What was given, and what its first bytes look like. */
export function looksLike(artefact: ModelArtefact): string {
  if (artefact.files.length === 0) return 'there is no file'
  if (artefact.files.length > 1) {
    const names = artefact.files.slice(0, 5).map(f => `"${f.path}"`)
    return `it is a directory with ${names.join(', ')}${artefact.files.length > 5 ? ', …' : ''}`
  }
  const { path, bytes } = artefact.files[0]
  return `${path === '' ? 'the file' : `the file "${path}"`} ${contentLooksLike(bytes)}`
}

function contentLooksLike(bytes: Uint8Array): string {
  const head = latin1(bytes, 64)
  if (bytes.length === 0) return 'is empty'
  if (isZip(bytes)) return 'looks like a zip archive'
  if (head.startsWith('\x89HDF')) return 'looks like HDF5, the older Keras format'
  if (head.startsWith('tree\n')) return 'looks like a LightGBM text model'
  if (head.startsWith('PAR1')) return 'looks like Parquet'
  if (head.startsWith('\x1f\x8b')) return 'looks like gzip'
  if (/^\s*\[\s*\{\s*"nodeid"/.test(head)) return 'looks like what dump_model() of XGBoost writes, which no library reads back; save the model with save_model()'
  if (/^\s*(\{\s*["}]|\[\s*[[{"\d\]tfn-])/.test(head)) return 'looks like JSON'
  if (/^\s*</.test(head)) return 'looks like XML'
  const start = Array.from(bytes.subarray(0, 8), b => b.toString(16).padStart(2, '0')).join(' ')
  return `begins with the bytes ${start}`
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

function latin1(bytes: Uint8Array, length: number): string {
  // Not TextDecoder('latin1'): that is Windows-1252, which moves the bytes 0x80 to 0x9f.
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.length)).toString('latin1')
}
