#include "collect/batch_parser.h"

#include <fmt/format.h>

#include "collect/batch_fields.h"
#include "collect/json_reader.h"
#include "collect/json_value.h"
#include "collect/raw_record.h"

namespace rawhaul {
namespace {

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
    RAWHAUL_TRY(json_.Open(json));
    RAWHAUL_TRY(ReadBatch());
    if (!has_device_id_) return Fail(ErrorCode::kInvalidArgument, "\"deviceId\" is missing", "MissingField");
    return std::move(batch_);
  }

 private:
  Status ReadBatch() {
    RAWHAUL_ASSIGN(const JsonType type, json_.BodyType());
    if (type != JsonType::kObject) {
      return Fail(ErrorCode::kInvalidArgument, "a batch must be a JSON object", "InvalidType");
    }
    RAWHAUL_TRY(json_.ForEachFieldOfBody(
        [&](std::string_view key, JsonReader::Value& value) { return ReadField(key, value); }));
    return json_.CheckEnd();
  }

  Status ReadField(std::string_view key, JsonReader::Value& value) {
    if (key == "records") return ReadRecords(value);
    if (key == "info") return ReadSpecified(key, kInfoFields, value, batch_.info);
    if (key == "location") return ReadSpecified(key, kLocationFields, value, batch_.location);
    if (key == "appInfo") return ReadTags(value);
    if (key == "pushToken") return ReadToken(value);

    RAWHAUL_ASSIGN(const JsonValue plain, json_.ReadValue(value, 2));
    if (key == "deviceId") {
      has_device_id_ = plain.given();
      return plain.given() ? SetDeviceId(plain, batch_) : Status();
    }
    if (key == "batchId") return SetBatchId(plain, batch_);
    if (key == "sentAt") return SetSentAt(plain, batch_);
    if (key == "nativePushEnabled") return SetNativePushEnabled(plain, batch_);
    return {};
  }

  Status ReadSpecified(std::string_view name, std::span<const FieldSpec> specs, JsonReader::Value& value,
                       FieldValues& out) {
    out.clear();
    return ForEachMember(name, value,
                         [&](std::string_view key, const JsonValue& member) {
                           return SetField(name, specs, key, member, out);
                         })
        .map([](JsonType) {});
  }

  Status ReadTags(JsonReader::Value& value) {
    batch_.tags.clear();
    return ForEachMember("appInfo", value,
                         [&](std::string_view key, const JsonValue& member) {
                           return AddTag(key, member, limits_, batch_);
                         })
        .map([](JsonType) {});
  }

  Status ReadToken(JsonReader::Value& value) {
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

  Status ReadRecords(JsonReader::Value& value) {
    batch_.records.clear();
    batch_.feedback.clear();
    batch_.rejected.clear();
    RAWHAUL_ASSIGN(const JsonType type, json_.TypeOf(value));
    if (type == JsonType::kNull) return json_.ReadValue(value, 2).map([](const JsonValue&) {});
    if (type != JsonType::kArray) {
      return Fail(ErrorCode::kInvalidArgument, "\"records\" must be an array", "InvalidType");
    }
    size_t index = 0;
    return json_.ForEachElement(value, [&](JsonReader::Value& element) -> Status {
      if (index == limits_.max_records) {
        return Fail(ErrorCode::kTooLarge,
                    fmt::format("a batch must have at most {} records", limits_.max_records),
                    "TooManyRecords");
      }
      return ReadRecord(element, index++);
    });
  }

  Status ReadRecord(JsonReader::Value& value, size_t index) {
    raw_.Clear();
    RAWHAUL_ASSIGN(const JsonType type, json_.TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(json_.ReadValue(value, 3));
      Reject(index, Error{ErrorCode::kInvalidArgument, "a record must be an object", "InvalidRecord"});
      return {};
    }
    RAWHAUL_TRY(json_.ForEachField(
        value, [&](std::string_view key, JsonReader::Value& field) { return ReadRecordField(key, field); }));
    if (auto added = AddRecord(raw_, limits_, batch_); !added) Reject(index, std::move(added).error());
    return {};
  }

  Status ReadRecordField(std::string_view key, JsonReader::Value& value) {
    const auto field = FindRecordField(key);
    if (!field) return json_.ReadValue(value, 4).map([](const JsonValue&) {});
    RAWHAUL_ASSIGN(const JsonType type, json_.TypeOf(value));
    if (field == RecordField::kExtras && type == JsonType::kObject) {
      raw_[*field] = {type, {}};
      return ReadExtras(value);
    }
    if (field == RecordField::kAnswers && type == JsonType::kObject) {
      raw_[*field] = {type, {}};
      return ReadAnswers(value);
    }
    if (field == RecordField::kStatus && type == JsonType::kArray) {
      raw_[*field] = {type, {}};
      return ReadStatus(value);
    }
    RAWHAUL_ASSIGN(raw_[*field], json_.ReadValue(value, 4));
    return {};
  }

  Status ReadExtras(JsonReader::Value& value) {
    raw_.extras.Clear();
    return json_.ForEachField(value, [&](std::string_view key, JsonReader::Value& member) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, json_.ReadValue(member, 5));
      raw_.extras.Add(key, plain);
      return {};
    });
  }

  Status ReadAnswers(JsonReader::Value& value) {
    raw_.answers.clear();
    return json_.ForEachField(value, [&](std::string_view key, JsonReader::Value& member) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, json_.ReadValue(member, 5));
      raw_.answers.emplace_back(key, plain);
      return {};
    });
  }

  Status ReadStatus(JsonReader::Value& value) {
    raw_.status.clear();
    return json_.ForEachElement(value, [&](JsonReader::Value& element) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, json_.ReadValue(element, 5));
      raw_.status.push_back(plain);
      return {};
    });
  }

  void Reject(size_t index, Error error) { batch_.rejected.push_back({index, std::move(error)}); }

  // Visits the members of the field `name`, an object or null, and returns which of the two it was.
  template <typename Visit>
  Result<JsonType> ForEachMember(std::string_view name, JsonReader::Value& value, Visit visit) {
    RAWHAUL_ASSIGN(const JsonType type, json_.TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(json_.ReadValue(value, 2));
      if (type != JsonType::kNull) return NotAnObject(name);
      return type;
    }
    RAWHAUL_TRY(json_.ForEachField(value, [&](std::string_view key, JsonReader::Value& member) -> Status {
      RAWHAUL_ASSIGN(const JsonValue plain, json_.ReadValue(member, 3));
      return visit(key, plain);
    }));
    return type;
  }

  const CollectLimits limits_;
  JsonReader json_;
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
