import type { Tensor } from '../tensorflow/runtime.ts'

export type { Tensor }

/** The operations of TensorFlow.js that Keras layers are made of, by structure. */
export interface Ops {
  tensor(values: Float32Array | Int32Array, shape: readonly number[], dtype?: string): Tensor
  scalar(value: number, dtype?: string): Tensor
  zeros(shape: readonly number[]): Tensor
  cast(x: Tensor, dtype: string): Tensor
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, permutation?: readonly number[]): Tensor
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor
  concat(xs: readonly Tensor[], axis: number): Tensor
  split(x: Tensor, parts: number, axis: number): Tensor[]
  stack(xs: readonly Tensor[], axis: number): Tensor
  unstack(x: Tensor, axis: number): Tensor[]
  reverse(x: Tensor, axis: number): Tensor
  tile(x: Tensor, repeats: readonly number[]): Tensor
  pad(x: Tensor, paddings: readonly (readonly [number, number])[]): Tensor
  gather(x: Tensor, indices: Tensor): Tensor
  oneHot(x: Tensor, depth: number): Tensor
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor
  add(a: Tensor, b: Tensor | number): Tensor
  sub(a: Tensor | number, b: Tensor | number): Tensor
  mul(a: Tensor, b: Tensor | number): Tensor
  div(a: Tensor | number, b: Tensor | number): Tensor
  pow(a: Tensor, b: Tensor | number): Tensor
  maximum(a: Tensor, b: Tensor | number): Tensor
  minimum(a: Tensor, b: Tensor | number): Tensor
  where(condition: Tensor, a: Tensor, b: Tensor): Tensor
  equal(a: Tensor, b: Tensor | number): Tensor
  notEqual(a: Tensor, b: Tensor | number): Tensor
  greaterEqual(a: Tensor, b: Tensor | number): Tensor
  greater(a: Tensor, b: Tensor | number): Tensor
  less(a: Tensor, b: Tensor | number): Tensor
  clipByValue(x: Tensor, low: number, high: number): Tensor
  abs(x: Tensor): Tensor
  neg(x: Tensor): Tensor
  exp(x: Tensor): Tensor
  log(x: Tensor): Tensor
  sqrt(x: Tensor): Tensor
  rsqrt(x: Tensor): Tensor
  square(x: Tensor): Tensor
  sin(x: Tensor): Tensor
  cos(x: Tensor): Tensor
  erf(x: Tensor): Tensor
  relu(x: Tensor): Tensor
  elu(x: Tensor): Tensor
  selu(x: Tensor): Tensor
  sigmoid(x: Tensor): Tensor
  tanh(x: Tensor): Tensor
  softplus(x: Tensor): Tensor
  softmax(x: Tensor, axis?: number): Tensor
  sum(x: Tensor, axis: number | readonly number[], keepDims?: boolean): Tensor
  mean(x: Tensor, axis: number | readonly number[], keepDims?: boolean): Tensor
  max(x: Tensor, axis: number | readonly number[], keepDims?: boolean): Tensor
  min(x: Tensor, axis: number | readonly number[], keepDims?: boolean): Tensor
  any(x: Tensor, axis: number): Tensor
  conv2d(x: Tensor, kernel: Tensor, strides: readonly number[], padding: string, format: 'NHWC', dilations: readonly number[]): Tensor
  conv3d(x: Tensor, kernel: Tensor, strides: readonly number[], padding: string, format: 'NDHWC', dilations: readonly number[]): Tensor
  depthwiseConv2d(x: Tensor, kernel: Tensor, strides: readonly number[], padding: string, format: 'NHWC', dilations: readonly number[]): Tensor
  conv2dTranspose(x: Tensor, kernel: Tensor, shape: readonly number[], strides: readonly number[], padding: string): Tensor
  conv3dTranspose(x: Tensor, kernel: Tensor, shape: readonly number[], strides: readonly number[], padding: string): Tensor
  maxPool(x: Tensor, size: readonly number[], strides: readonly number[], padding: string): Tensor
  avgPool(x: Tensor, size: readonly number[], strides: readonly number[], padding: string): Tensor
  maxPool3d(x: Tensor, size: readonly number[], strides: readonly number[], padding: string): Tensor
  avgPool3d(x: Tensor, size: readonly number[], strides: readonly number[], padding: string): Tensor
  readonly image: {
    resizeNearestNeighbor(x: Tensor, size: readonly [number, number], alignCorners: boolean, halfPixelCenters: boolean): Tensor
    resizeBilinear(x: Tensor, size: readonly [number, number], alignCorners: boolean, halfPixelCenters: boolean): Tensor
  }
}
