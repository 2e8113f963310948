import type { ModelArtefact } from '../../../ml/model.ts'

/**
 * Another version of a model: other bytes and so another digest, but the same inputs and outputs. A weight of TensorFlow.js in
 * its last place, a line feed behind JSON, a description (field 6) behind an ONNX graph.
 */
export function variantOf({ files }: ModelArtefact, version: number): ModelArtefact {
  const at = files.findIndex(f => f.path.endsWith('.bin'))
  return { files: files.map((file, i) => (i === Math.max(0, at) ? { ...file, bytes: changed(file.path, file.bytes, version) } : file)) }
}

function changed(path: string, bytes: Uint8Array, version: number): Uint8Array {
  if (path.endsWith('.bin')) return bytes.with(0, (bytes[0] + version) & 0xff) as Uint8Array
  const tail = path.endsWith('.onnx') ? [0x32, 1, 0x60 + version] : new Array<number>(version).fill(0x0a)
  return Uint8Array.from([...bytes, ...tail])
}
