#include "onnx/onnx_file.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/file.h"
#include "onnx/protobuf_message.h"
#include "p5/error.h"
#include "p5/version.h"

namespace p5 {
namespace {

// Field numbers of onnx.proto.
namespace model_field {
constexpr std::uint32_t kIrVersion = 1, kProducer = 2, kProducerVersion = 3, kGraph = 7, kOpset = 8, kMetadata = 14;
}
namespace graph_field {
constexpr std::uint32_t kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node_field {
constexpr std::uint32_t kInput = 1, kOutput = 2, kName = 3, kOp = 4, kAttribute = 5;
}
namespace attribute_field {
constexpr std::uint32_t kName = 1, kFloat = 2, kInteger = 3, kText = 4, kIntegers = 8, kType = 20;
}
namespace tensor_field {
constexpr std::uint32_t kDims = 1, kType = 2, kName = 8, kRaw = 9, kExternal = 13, kLocation = 14;
}

constexpr std::uint64_t kExternalFrom = 1024;  // bytes; smaller tensors stay in the model
constexpr std::uint64_t kPage = 4096;          // so that readers can map each tensor

ProtobufMessage entry_of(std::string_view key, std::string_view value) {
  ProtobufMessage entry;
  entry.text(1, key);
  entry.text(2, value);
  return entry;
}

ProtobufMessage message_of(const OnnxValue& value) {
  ProtobufMessage shape;
  for (const OnnxSize& size : value.shape) {
    ProtobufMessage dimension;
    if (const auto* number = std::get_if<std::int64_t>(&size)) {
      dimension.integer(1, *number);
    } else {
      dimension.text(2, std::get<std::string>(size));
    }
    shape.message(1, std::move(dimension));
  }
  ProtobufMessage tensor, type, message;
  tensor.integer(1, static_cast<std::int64_t>(value.type));
  tensor.message(2, std::move(shape));
  type.message(1, std::move(tensor));
  message.text(1, value.name);
  message.message(2, std::move(type));
  return message;
}

ProtobufMessage message_of(const OnnxAttribute& attribute) {
  // onnx.AttributeProto.AttributeType
  constexpr std::int64_t kFloatType = 1, kIntegerType = 2, kTextType = 3, kIntegersType = 7;
  ProtobufMessage message;
  message.text(attribute_field::kName, attribute.name);
  std::int64_t type = kIntegersType;
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    message.integer(attribute_field::kInteger, *integer);
    type = kIntegerType;
  } else if (const auto* number = std::get_if<float>(&attribute.value)) {
    message.number(attribute_field::kFloat, *number);
    type = kFloatType;
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    message.text(attribute_field::kText, *text);
    type = kTextType;
  } else {
    for (const std::int64_t one : std::get<std::vector<std::int64_t>>(attribute.value)) {
      message.integer(attribute_field::kIntegers, one);
    }
  }
  message.integer(attribute_field::kType, type);
  return message;
}

ProtobufMessage message_of(const OnnxNode& node) {
  ProtobufMessage message;
  for (const std::string& input : node.inputs) message.text(node_field::kInput, input);
  for (const std::string& output : node.outputs) message.text(node_field::kOutput, output);
  message.text(node_field::kName, "make_" + node.outputs.front());
  message.text(node_field::kOp, node.op);
  for (const OnnxAttribute& attribute : node.attributes) {
    message.message(node_field::kAttribute, message_of(attribute));
  }
  return message;
}

// The second file, with the tensors one after the other.
class ExternalFile {
 public:
  explicit ExternalFile(const std::filesystem::path& path) : name_(path.filename().string()), file_(path) {}

  void add(const OnnxTensor& tensor, ProtobufMessage& message) {
    file_.write(std::string((kPage - file_.size() % kPage) % kPage, '\0'));
    message.message(tensor_field::kExternal, entry_of("location", name_));
    message.message(tensor_field::kExternal, entry_of("offset", std::to_string(file_.size())));
    message.message(tensor_field::kExternal, entry_of("length", std::to_string(tensor.bytes.size())));
    message.integer(tensor_field::kLocation, 1);
    file_.write(tensor.bytes);
  }
  void commit() { file_.commit(); }

 private:
  std::string name_;
  AtomicFileWriter file_;
};

ProtobufMessage message_of(const OnnxTensor& tensor, ExternalFile* external) {
  ProtobufMessage message;
  for (const std::int64_t size : tensor.shape) message.integer(tensor_field::kDims, size);
  message.integer(tensor_field::kType, static_cast<std::int64_t>(tensor.type));
  message.text(tensor_field::kName, tensor.name);
  if (external != nullptr && tensor.bytes.size() >= kExternalFrom) {
    external->add(tensor, message);
  } else {
    message.borrowed(tensor_field::kRaw, tensor.bytes);
  }
  return message;
}

ProtobufMessage message_of(const OnnxGraph& graph, ExternalFile* external) {
  ProtobufMessage message;
  for (const OnnxNode& node : graph.nodes()) message.message(graph_field::kNode, message_of(node));
  message.text(graph_field::kName, graph.name());
  for (const OnnxTensor& tensor : graph.tensors()) {
    message.message(graph_field::kInitializer, message_of(tensor, external));
  }
  for (const OnnxValue& input : graph.inputs()) message.message(graph_field::kInput, message_of(input));
  for (const OnnxValue& output : graph.outputs()) message.message(graph_field::kOutput, message_of(output));
  return message;
}

}  // namespace

void write_onnx(const std::filesystem::path& path, const OnnxGraph& graph, const OnnxFileOptions& options) {
  std::uint64_t weights = 0;
  for (const OnnxTensor& tensor : graph.tensors()) weights += tensor.bytes.size();
  std::optional<ExternalFile> external;
  if (weights > options.external_above) external.emplace(path.string() + ".data");

  ProtobufMessage opset, model;
  opset.text(1, "");  // the operators of ONNX itself
  opset.integer(2, kOnnxOpset);
  model.integer(model_field::kIrVersion, kOnnxIrVersion);
  model.text(model_field::kProducer, "p5");
  model.text(model_field::kProducerVersion, kVersion);
  model.message(model_field::kGraph, message_of(graph, external ? &*external : nullptr));
  model.message(model_field::kOpset, std::move(opset));
  for (const auto& [key, value] : options.metadata) model.message(model_field::kMetadata, entry_of(key, value));
  if (model.size() > kOnnxFileLimit + (64 << 20)) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "the graph is too large for one ONNX file",
                {.where = path.string(), .expected = "less than 2 GB", .got = fmt::format("{} bytes", model.size())});
  }
  if (external) external->commit();
  AtomicFileWriter file(path);
  model.write(file);
  file.commit();
}

}  // namespace p5
