/**
 * TensorFlow operations that compute from their inputs and do nothing else: no files, no network, no other program, no
 * output. What is not listed is not run.
 */
const computations: ReadonlySet<string> = new Set(
  `Abs Acos Acosh Add AddN AddV2 All Any ApproximateEqual ArgMax ArgMin Asin Asinh Assert Atan Atan2 Atanh
  AvgPool AvgPool3D BatchMatMul BatchMatMulV2 BatchMatMulV3 BatchToSpaceND BiasAdd BiasAddV1 Bincount DenseBincount
  Bitcast BitwiseAnd BitwiseOr BitwiseXor BroadcastArgs BroadcastTo Bucketize Case Cast Ceil CheckNumerics ClipByValue
  CombinedNonMaxSuppression Concat ConcatOffset ConcatV2 Const Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos
  Cosh CropAndResize Cross CudnnRNN Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Diag DiagPart Dilation2D Div DivNoNan
  DynamicPartition DynamicStitch Einsum Elu EmptyTensorList EnsureShape Equal Erf Erfc Exp ExpandDims Expm1 Fill Floor
  FloorDiv FloorMod FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual Identity
  IdentityN If Inv InTopK InTopKV2 Invert InvertPermutation IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeftShift Less
  LessEqual Lgamma LinSpace ListDiff Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr LookupTableFindV2
  LookupTableImportV2 LookupTableSizeV2 HashTableV2 MutableHashTableV2 LowerBound UpperBound MatMul MatrixBandPart
  MatrixDiag MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV3 Max
  MaxPool MaxPool3D MaxPoolV2 Maximum Mean Min Minimum MirrorPad Mod Mul MulNoNan Neg NextIteration NoOp
  NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 NotEqual OneHot OnesLike
  Pack Pad PadV2 ParallelConcat PartitionedCall Placeholder PlaceholderV2 PlaceholderWithDefault Pow PreventGradient Prod
  Qr RaggedRange RaggedTensorToSparse RaggedTensorToTensor RaggedTensorToVariant RaggedGather Range Rank RealDiv Reciprocal
  RegexFullMatch RegexReplace Relu Relu6 Reshape ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor Reverse
  ReverseSequence ReverseV2 RightShift Rint Roll Round Rsqrt ScatterNd SegmentMax SegmentMean SegmentMin SegmentProd
  SegmentSum Select SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Sinh Size Slice Snapshot Softmax Softplus Softsign
  SpaceToBatch SpaceToBatchND SpaceToDepth SparseFillEmptyRows SparseReshape SparseSegmentMean SparseSegmentSqrtN
  SparseSegmentSum SparseTensorDenseMatMul SparseToDense Split SplitV Sqrt Square SquaredDifference Squeeze
  StatefulPartitionedCall StatelessCase StatelessIf StatelessWhile StaticRegexFullMatch StaticRegexReplace StopGradient
  StridedSlice StringFormat StringJoin StringLength StringLower StringNGrams StringSplit StringSplitV2 StringStrip
  StringToHashBucket StringToHashBucketFast StringToHashBucketStrong StringToNumber StringUpper Sub Substr Sum
  Tan Tanh TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather
  TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListSetItem
  TensorListStack TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate
  TensorStridedSliceUpdate Tile TopK TopKV2 Transpose TruncateDiv TruncateMod UnicodeDecode UnicodeTranscode Unique
  UniqueV2 Unpack UnravelIndex UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum VarHandleOp
  VarIsInitializedOp Variable VariableV2 Assign AssignVariableOp ReadVariableOp DisableCopyOnRead ResourceGather
  VariableShape Where While Xdivy Xlog1py Xlogy ZerosLike AsString FakeQuantWithMinMaxArgs
  FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel Enter Exit LoopCond Merge Switch RefMerge RefSwitch`.split(/\s+/),
)

export function isComputation(op: string): boolean {
  return computations.has(op)
}
