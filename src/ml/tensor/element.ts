import type { TensorElement } from '../model.ts'

/** Memory of a tensor's values. */
export type TensorData = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array | BigInt64Array | BigUint64Array | string[]

interface ElementInfo {
  readonly element: TensorElement
  readonly make: (length: number) => TensorData
  /** Of whole numbers: the least and the greatest. */
  readonly limits?: readonly [number, number]
}

/** The element types of tensors, by the names that ONNX Runtime's interface has for them. */
export const elementKinds: { readonly [K in ElementKind]: ElementInfo } = {
  float32: { element: 'float32', make: n => new Float32Array(n) },
  float64: { element: 'float64', make: n => new Float64Array(n) },
  /** Written as 32-bit floats and halved on the way. */
  float16: { element: 'float32', make: n => new Float32Array(n) },
  int8: { element: 'int32', make: n => new Int8Array(n), limits: [-128, 127] },
  uint8: { element: 'int32', make: n => new Uint8Array(n), limits: [0, 255] },
  int16: { element: 'int32', make: n => new Int16Array(n), limits: [-32_768, 32_767] },
  uint16: { element: 'int32', make: n => new Uint16Array(n), limits: [0, 65_535] },
  int32: { element: 'int32', make: n => new Int32Array(n), limits: [-2_147_483_648, 2_147_483_647] },
  uint32: { element: 'int64', make: n => new Uint32Array(n), limits: [0, 4_294_967_295] },
  int64: { element: 'int64', make: n => new BigInt64Array(n), limits: [-9_223_372_036_854_775_808, 9_223_372_036_854_774_784] },
  uint64: { element: 'int64', make: n => new BigUint64Array(n), limits: [0, 9_223_372_036_854_774_784] },
  bool: { element: 'boolean', make: n => new Uint8Array(n), limits: [0, 1] },
  string: { element: 'string', make: n => new Array<string>(n).fill('') },
}

export type ElementKind = 'float32' | 'float64' | 'float16' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'bool' | 'string'

export function isElementKind(name: string): name is ElementKind {
  return Object.hasOwn(elementKinds, name)
}
