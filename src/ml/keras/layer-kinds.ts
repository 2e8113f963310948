import type { LayerKind } from './layer.ts'
import * as attention from './layers/attention.ts'
import * as convolution from './layers/convolution.ts'
import * as dense from './layers/dense.ts'
import * as merge from './layers/merge.ts'
import * as normalization from './layers/normalization.ts'
import * as pooling from './layers/pooling.ts'
import * as recurrent from './layers/recurrent.ts'
import * as shape from './layers/shape.ts'
import * as wrappers from './layers/wrappers.ts'

/**
 * The layers of Keras that are computed here, by class. A layer that is not among them is code of somebody's (Lambda,
 * custom layers), or not written yet.
 */
export const layerKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Dense', dense.dense],
  ['EinsumDense', dense.einsumDense],
  ['Embedding', dense.embedding],
  ['Activation', dense.activation],
  ['ReLU', dense.relu],
  ['LeakyReLU', dense.leakyRelu],
  ['ELU', dense.elu],
  ['PReLU', dense.prelu],
  ['ThresholdedReLU', dense.thresholdedRelu],
  ['Softmax', dense.softmaxLayer],
  ['Rescaling', dense.rescaling],
  ...[
    'Identity', 'Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization',
    'RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness',
  ].map((name): [string, LayerKind] => [name, dense.same]),
  ...['Conv1D', 'Conv2D', 'Conv3D', 'Convolution1D', 'Convolution2D', 'Convolution3D'].map((name): [string, LayerKind] => [name, convolution.convolution]),
  ...['DepthwiseConv1D', 'DepthwiseConv2D'].map((name): [string, LayerKind] => [name, convolution.depthwiseConvolution]),
  ...['SeparableConv1D', 'SeparableConv2D'].map((name): [string, LayerKind] => [name, convolution.separableConvolution]),
  ...['Conv1DTranspose', 'Conv2DTranspose'].map((name): [string, LayerKind] => [name, convolution.transposedConvolution]),
  ...['1D', '2D', '3D'].flatMap((rank): [string, LayerKind][] => [
    [`MaxPooling${rank}`, pooling.pooling],
    [`AveragePooling${rank}`, pooling.pooling],
    [`GlobalMaxPooling${rank}`, pooling.globalPooling],
    [`GlobalAveragePooling${rank}`, pooling.globalPooling],
    [`ZeroPadding${rank}`, shape.zeroPadding],
    [`Cropping${rank}`, shape.cropping],
    [`UpSampling${rank}`, shape.upSampling],
  ]),
  ['BatchNormalization', normalization.batchNormalization],
  ['LayerNormalization', normalization.layerNormalization],
  ['GroupNormalization', normalization.groupNormalization],
  ['RMSNormalization', normalization.rmsNormalization],
  ['UnitNormalization', normalization.unitNormalization],
  ['Normalization', normalization.normalization],
  ['Flatten', shape.flatten],
  ['Reshape', shape.reshape],
  ['Permute', shape.permute],
  ['RepeatVector', shape.repeatVector],
  ['Resizing', shape.resizing],
  ['CenterCrop', shape.centerCrop],
  ['Masking', shape.masking],
  ['Discretization', shape.discretization],
  ['CategoryEncoding', shape.categoryEncoding],
  ['Add', merge.add],
  ['Subtract', merge.subtract],
  ['Multiply', merge.multiply],
  ['Average', merge.average],
  ['Maximum', merge.maximum],
  ['Minimum', merge.minimum],
  ['Concatenate', merge.concatenate],
  ['Dot', merge.dotProduct],
  ['SimpleRNN', recurrent.simpleRnn],
  ['LSTM', recurrent.lstm],
  ['GRU', recurrent.gru],
  ['TimeDistributed', wrappers.timeDistributed],
  ['Bidirectional', wrappers.bidirectional],
  ['SpectralNormalization', wrappers.spectralNormalization],
  ['MultiHeadAttention', attention.multiHeadAttention],
  ['Attention', attention.attention],
  ['AdditiveAttention', attention.attention],
])
