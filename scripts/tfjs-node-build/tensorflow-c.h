// What the addon of @tensorflow/tfjs-node calls of TensorFlow's C interface, which is stable across versions: opaque
// handles, the codes of types, and the signatures of the functions, nothing else. Grouped by what they work on.
#ifndef MILLRACE_TENSORFLOW_C_H
#define MILLRACE_TENSORFLOW_C_H

#include <cstddef>
#include <cstdint>

#define HANDLES(each) \
  each(TF_Status) each(TF_Tensor) each(TF_Graph) each(TF_Operation) each(TF_Session) each(TF_SessionOptions) \
  each(TF_DeviceList) each(TFE_Context) each(TFE_ContextOptions) each(TFE_Op) each(TFE_TensorHandle)
#define DECLARE_HANDLE(name) typedef struct name name;

extern "C" {
HANDLES(DECLARE_HANDLE)

// Codes are part of the binary interface, so that only those that the addon names are listed.
enum TF_DataType { TF_FLOAT = 1, TF_INT32 = 3, TF_UINT8 = 4, TF_STRING = 7, TF_COMPLEX64 = 8, TF_INT64 = 9, TF_BOOL = 10, TF_RESOURCE = 20, TF_LAST_TYPE_ = 23 };
enum TF_AttrType { TF_ATTR_STRING = 0, TF_ATTR_INT = 1, TF_ATTR_FLOAT = 2, TF_ATTR_BOOL = 3, TF_ATTR_TYPE = 4, TF_ATTR_SHAPE = 5, TF_ATTR_LAST_ = 8 };
enum TF_Code { TF_OK = 0, TF_LAST_CODE_ = 16 };

struct TF_Buffer { const void *data; size_t length; void (*data_deallocator)(void *, size_t); };
struct TF_Output { TF_Operation *oper; int index; };
struct alignas(8) TF_TString { char bytes[24]; };

const char *TF_Version();
size_t TF_DataTypeSize(TF_DataType);

TF_Status *TF_NewStatus();
TF_Code TF_GetCode(const TF_Status *);
const char *TF_Message(const TF_Status *);
void TF_DeleteStatus(TF_Status *);

TF_Buffer *TF_NewBuffer();
TF_Buffer *TF_NewBufferFromString(const void *, size_t);
void TF_DeleteBuffer(TF_Buffer *);

TF_Tensor *TF_AllocateTensor(TF_DataType, const int64_t *, int, size_t);
TF_Tensor *TF_NewTensor(TF_DataType, const int64_t *, int, void *, size_t, void (*)(void *, size_t, void *), void *);
TF_DataType TF_TensorType(const TF_Tensor *);
int TF_NumDims(const TF_Tensor *);
int64_t TF_Dim(const TF_Tensor *, int);
int64_t TF_TensorElementCount(const TF_Tensor *);
size_t TF_TensorByteSize(const TF_Tensor *);
void *TF_TensorData(const TF_Tensor *);
void TF_DeleteTensor(TF_Tensor *);

TF_Graph *TF_NewGraph();
TF_Operation *TF_GraphOperationByName(TF_Graph *, const char *);
void TF_DeleteGraph(TF_Graph *);

TF_SessionOptions *TF_NewSessionOptions();
void TF_DeleteSessionOptions(TF_SessionOptions *);
TF_Session *TF_LoadSessionFromSavedModel(const TF_SessionOptions *, const TF_Buffer *, const char *, const char *const *, int, TF_Graph *, TF_Buffer *, TF_Status *);
void TF_SessionRun(TF_Session *, const TF_Buffer *, const TF_Output *, TF_Tensor *const *, int, const TF_Output *, TF_Tensor **, int, const TF_Operation *const *, int, TF_Buffer *, TF_Status *);
void TF_DeleteSession(TF_Session *, TF_Status *);

int TF_DeviceListCount(const TF_DeviceList *);
const char *TF_DeviceListName(const TF_DeviceList *, int, TF_Status *);
const char *TF_DeviceListType(const TF_DeviceList *, int, TF_Status *);
void TF_DeleteDeviceList(TF_DeviceList *);

TFE_ContextOptions *TFE_NewContextOptions();
void TFE_DeleteContextOptions(TFE_ContextOptions *);
TFE_Context *TFE_NewContext(const TFE_ContextOptions *, TF_Status *);
TF_DeviceList *TFE_ContextListDevices(TFE_Context *, TF_Status *);
void TFE_DeleteContext(TFE_Context *);

TFE_TensorHandle *TFE_NewTensorHandle(const TF_Tensor *, TF_Status *);
TF_DataType TFE_TensorHandleDataType(TFE_TensorHandle *);
int TFE_TensorHandleNumDims(TFE_TensorHandle *, TF_Status *);
int64_t TFE_TensorHandleDim(TFE_TensorHandle *, int, TF_Status *);
TF_Tensor *TFE_TensorHandleResolve(TFE_TensorHandle *, TF_Status *);
TFE_TensorHandle *TFE_TensorHandleCopyToDevice(TFE_TensorHandle *, TFE_Context *, const char *, TF_Status *);
void TFE_DeleteTensorHandle(TFE_TensorHandle *);

TFE_Op *TFE_NewOp(TFE_Context *, const char *, TF_Status *);
void TFE_OpAddInput(TFE_Op *, TFE_TensorHandle *, TF_Status *);
void TFE_OpSetAttrBool(TFE_Op *, const char *, unsigned char);
void TFE_OpSetAttrBoolList(TFE_Op *, const char *, const unsigned char *, int);
void TFE_OpSetAttrFloat(TFE_Op *, const char *, float);
void TFE_OpSetAttrFloatList(TFE_Op *, const char *, const float *, int);
void TFE_OpSetAttrInt(TFE_Op *, const char *, int64_t);
void TFE_OpSetAttrIntList(TFE_Op *, const char *, const int64_t *, int);
void TFE_OpSetAttrShape(TFE_Op *, const char *, const int64_t *, int, TF_Status *);
void TFE_OpSetAttrString(TFE_Op *, const char *, const void *, size_t);
void TFE_OpSetAttrType(TFE_Op *, const char *, TF_DataType);
void TFE_Execute(TFE_Op *, TFE_TensorHandle **, int *, TF_Status *);
void TFE_DeleteOp(TFE_Op *);

void TF_StringInit(TF_TString *);
void TF_StringCopy(TF_TString *, const char *, size_t);
const char *TF_StringGetDataPointer(const TF_TString *);
size_t TF_StringGetSize(const TF_TString *);
void TF_StringDealloc(TF_TString *);
}

// The addon calls the string functions by their internal names.
inline void TF_TString_Init(TF_TString *s) { TF_StringInit(s); }
inline void TF_TString_Copy(TF_TString *to, const char *from, size_t n) { TF_StringCopy(to, from, n); }
inline const char *TF_TString_GetDataPointer(const TF_TString *s) { return TF_StringGetDataPointer(s); }
inline size_t TF_TString_GetSize(const TF_TString *s) { return TF_StringGetSize(s); }
inline void TF_TString_Dealloc(TF_TString *s) { TF_StringDealloc(s); }

#endif
