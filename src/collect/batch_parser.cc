#include "collect/batch_parser.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "collect/batch_fields.h"
#include "collect/json_value.h"
#include "collect/raw_record.h"

namespace rawhaul {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMaxDepth = 32;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

JsonType Convert(ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::array:
      return JsonType::kArray;
    case ondemand::json_type::object:
      return JsonType::kObject;
    case ondemand::json_type::number:
      return JsonType::kNumber;
    case ondemand::json_type::string:
      return JsonType::kString;
    case ondemand::json_type::boolean:
      return JsonType::kBoolean;
    default:
      return JsonType::kNull;
  }
}

// simdjson checks what it is asked for and no more, so every value is read, also those that nobody wants: a
// body is taken only when all of it is JSON.
class BatchReader {
 public:
  explicit BatchReader(const CollectLimits& limits) : limits_(limits), raw_(limits_) {}
  BatchReader(const BatchReader&) = delete;
  BatchReader& operator=(const BatchReader&) = delete;

  Result<CollectedBatch> Read(std::string_view json) {
    if (json.size() > limits_.max_batch_bytes) {
      return Fail(ErrorCode::kTooLarge,
                  fmt::format("a batch must have at most {} bytes", limits_.max_batch_bytes),
                  "BatchTooLarge");
    }
    batch_ = {};
    has_device_id_ = false;
    RAWHAUL_TRY(Open(json));
    RAWHAUL_TRY(ReadBatch());
    if (!has_device_id_) return Fail(ErrorCode::kInvalidArgument, "\"deviceId\" is missing", "MissingField");
    return std::move(batch_);
  }

 private:
  Status Open(std::string_view json) {
    if (buffer_.size() < json.size() + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(std::bit_ceil(json.size() + simdjson::SIMDJSON_PADDING));
    }
    std::memcpy(buffer_.data(), json.data(), json.size());
    std::memset(buffer_.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
    size_ = json.size();
    const auto error = parser_.iterate(buffer_.data(), size_, buffer_.size()).get(document_);
    return error ? Malformed(simdjson::error_message(error)) : Status();
  }

  Status ReadBatch() {
    ondemand::json_type type;
    if (const auto error = document_.type().get(type)) return Malformed(error);
    if (type != ondemand::json_type::object) {
      return Fail(ErrorCode::kInvalidArgument, "a batch must be a JSON object", "InvalidType");
    }
    ondemand::object object;
    if (const auto error = document_.get_object().get(object)) return Malformed(error);
    RAWHAUL_TRY(ForEachField(
        object, [&](std::string_view key, ondemand::value& value) { return ReadField(key, value); }));
    const bool at_end = document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? Status() : MalformedHere("there is more behind the batch");
  }

  Status ReadField(std::string_view key, ondemand::value& value) {
    if (key == "records") return ReadRecords(value);
    if (key == "info") return ReadSpecified(key, kInfoFields, value, batch_.info);
    if (key == "location") return ReadSpecified(key, kLocationFields, value, batch_.location);
    if (key == "appInfo") return ReadTags(value);
    if (key == "pushToken") return ReadToken(value);

    RAWHAUL_ASSIGN(const JsonValue plain, ReadValue(value, 2));
    if (key == "deviceId") {
      has_device_id_ = plain.given();
      return plain.given() ? SetDeviceId(plain, batch_) : Status();
    }
    if (key == "batchId") return SetBatchId(plain, batch_);
    if (key == "sentAt") return SetSentAt(plain, batch_);
    if (key == "nativePushEnabled") return SetNativePushEnabled(plain, batch_);
    return {};
  }

  Status ReadSpecified(std::string_view name, std::span<const FieldSpec> specs, ondemand::value& value,
                       FieldValues& out) {
    out.clear();
    return ForEachMember(name, value,
                         [&](std::string_view key, const JsonValue& member) {
                           return SetField(name, specs, key, member, out);
                         })
        .map([](JsonType) {});
  }

  Status ReadTags(ondemand::value& value) {
    batch_.tags.clear();
    return ForEachMember("appInfo", value,
                         [&](std::string_view key, const JsonValue& member) {
                           return AddTag(key, member, limits_, batch_);
                         })
        .map([](JsonType) {});
  }

  Status ReadToken(ondemand::value& value) {
    PushToken token;
    RAWHAUL_ASSIGN(const JsonType type,
                   ForEachMember("pushToken", value, [&](std::string_view key, const JsonValue& member) {
                     return SetTokenField(key, member, token);
                   }));
    batch_.token.emplace();
    if (type == JsonType::kNull) return {};
    *batch_.token = std::move(token);
    return CheckToken(**batch_.token);
  }

  Status ReadRecords(ondemand::value& value) {
    batch_.records.clear();
    batch_.feedback.clear();
    batch_.rejected.clear();
    RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
    if (type == JsonType::kNull) return ReadValue(value, 2).map([](const JsonValue&) {});
    if (type != JsonType::kArray) {
      return Fail(ErrorCode::kInvalidArgument, "\"records\" must be an array", "InvalidType");
    }
    size_t index = 0;
    return ForEachElement(value, [&](ondemand::value& element) -> Status {
      if (index == limits_.max_records) {
        return Fail(ErrorCode::kTooLarge,
                    fmt::format("a batch must have at most {} records", limits_.max_records),
                    "TooManyRecords");
      }
      return ReadRecord(element, index++);
    });
  }

  Status ReadRecord(ondemand::value& value, size_t index) {
    raw_.Clear();
    RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(ReadValue(value, 3));
      Reject(index, Error{ErrorCode::kInvalidArgument, "a record must be an object", "InvalidRecord"});
      return {};
    }
    RAWHAUL_TRY(ForEachField(
        value, [&](std::string_view key, ondemand::value& field) { return ReadRecordField(key, field); }));
    if (auto added = AddRecord(raw_, limits_, batch_); !added) Reject(index, std::move(added).error());
    return {};
  }

  Status ReadRecordField(std::string_view key, ondemand::value& value) {
    const auto field = FindRecordField(key);
    if (!field) return ReadValue(value, 4).map([](const JsonValue&) {});
    RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
    if (field == RecordField::kExtras && type == JsonType::kObject) {
      raw_[*field] = {type, {}};
      return ReadExtras(value);
    }
    if (field == RecordField::kStatus && type == JsonType::kArray) {
      raw_[*field] = {type, {}};
      return ReadStatus(value);
    }
    RAWHAUL_ASSIGN(raw_[*field], ReadValue(value, 4));
    return {};
  }

  Status ReadExtras(ondemand::value& value) {
    raw_.extras.Clear();
    return ForEachField(value, [&](std::string_view key, ondemand::value& member) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, ReadValue(member, 5));
      raw_.extras.Add(key, plain);
      return {};
    });
  }

  Status ReadStatus(ondemand::value& value) {
    raw_.status.clear();
    return ForEachElement(value, [&](ondemand::value& element) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, ReadValue(element, 5));
      raw_.status.push_back(plain);
      return {};
    });
  }

  void Reject(size_t index, Error error) { batch_.rejected.push_back({index, std::move(error)}); }

  // Visits the members of the field `name`, an object or null, and returns which of the two it was.
  template <typename Visit>
  Result<JsonType> ForEachMember(std::string_view name, ondemand::value& value, Visit visit) {
    RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(ReadValue(value, 2));
      if (type != JsonType::kNull) return NotAnObject(name);
      return type;
    }
    RAWHAUL_TRY(ForEachField(value, [&](std::string_view key, ondemand::value& member) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, ReadValue(member, 3));
      return visit(key, plain);
    }));
    return type;
  }

  template <typename Visit>
  Status ForEachField(ondemand::value& value, Visit visit) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return Malformed(error);
    return ForEachField(object, visit);
  }

  template <typename Visit>
  Status ForEachField(ondemand::object& object, Visit visit) {
    for (auto result : object) {
      ondemand::field field;
      if (const auto error = std::move(result).get(field)) return Malformed(error);
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return Malformed(error);
      RAWHAUL_TRY(visit(key, field.value()));
    }
    return {};
  }

  template <typename Visit>
  Status ForEachElement(ondemand::value& value, Visit visit) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Malformed(error);
    for (auto result : array) {
      ondemand::value element;
      // NOLINTNEXTLINE(performance-move-const-arg): simdjson's get() is for rvalues only
      if (const auto error = std::move(result).get(element)) return Malformed(error);
      RAWHAUL_TRY(visit(element));
    }
    return {};
  }

  Result<JsonType> TypeOf(ondemand::value& value) {
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return Malformed(error);
    return Convert(type);
  }

  // Reads the whole value, which stands at `depth` (the batch itself is at 1), and checks all of it.
  Result<JsonValue> ReadValue(ondemand::value& value, int depth) {
    RAWHAUL_ASSIGN(const JsonType type, TypeOf(value));
    switch (type) {
      case JsonType::kString:
        return ReadString(value);
      case JsonType::kNumber:
        return ReadNumber(value);
      case JsonType::kObject:
      case JsonType::kArray:
        RAWHAUL_TRY(PassOver(value, type, depth));
        return JsonValue{type, {}};
      default:
        return ReadLiteral(value, type);
    }
  }

  Result<JsonValue> ReadString(ondemand::value& value) {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) return Malformed(error);
    return JsonValue{JsonType::kString, text};
  }

  Result<JsonValue> ReadNumber(ondemand::value& value) {
    const std::string_view token = TrimRight(value.raw_json_token());
    if (!IsJsonNumber(token)) return Malformed(simdjson::NUMBER_ERROR);
    return JsonValue{JsonType::kNumber, token};
  }

  Result<JsonValue> ReadLiteral(ondemand::value& value, JsonType type) {
    if (type == JsonType::kBoolean) {
      bool on = false;
      if (const auto error = value.get_bool().get(on)) return Malformed(error);
      return JsonValue{type, on ? "true" : "false"};
    }
    bool null = false;
    if (value.is_null().get(null) || !null) return Malformed(simdjson::N_ATOM_ERROR);
    return JsonValue{type, {}};
  }

  Status PassOver(ondemand::value& value, JsonType type, int depth) {
    if (depth >= kMaxDepth) return MalformedHere(fmt::format("nested deeper than {} levels", kMaxDepth));
    const auto read = [&](ondemand::value& child) {
      return ReadValue(child, depth + 1).map([](const JsonValue&) {});
    };
    if (type == JsonType::kArray) return ForEachElement(value, read);
    return ForEachField(value, [&](std::string_view, ondemand::value& child) { return read(child); });
  }

  tl::unexpected<Error> Malformed(std::string message) const {
    return Fail(ErrorCode::kInvalidArgument, std::move(message), "MalformedJson");
  }

  tl::unexpected<Error> Malformed(simdjson::error_code error) {
    return MalformedHere(simdjson::error_message(error));
  }

  // With the place where the reading stands.
  tl::unexpected<Error> MalformedHere(std::string_view message) {
    const char* at = nullptr;
    const char* const begin = buffer_.data();
    if (document_.current_location().get(at) || at < begin || at > begin + size_) at = begin + size_;
    const std::string_view before(begin, static_cast<size_t>(at - begin));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    return Malformed(fmt::format("line {} column {}: {}", line, column, message));
  }

  const CollectLimits limits_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::vector<char> buffer_;  // the body and simdjson's padding
  size_t size_ = 0;           // of the body
  RawRecord raw_;
  CollectedBatch batch_;
  bool has_device_id_ = false;
};

}  // namespace

struct BatchParser::Impl {
  explicit Impl(const CollectLimits& limits) : reader(limits) {}
  BatchReader reader;
};

BatchParser::BatchParser(const CollectLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
BatchParser::~BatchParser() = default;

Result<CollectedBatch> BatchParser::Parse(std::string_view json) { return impl_->reader.Read(json); }

}  // namespace rawhaul
