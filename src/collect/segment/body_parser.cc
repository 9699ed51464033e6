#include "collect/segment/body_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/json_reader.h"

namespace rawhaul::segment {
namespace {

tl::unexpected<Error> Invalid(std::string_view reason, std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), std::string(reason));
}

}  // namespace

struct BodyParser::Impl {
  Status Open(std::string_view json) {
    body = {};
    members_read = 0;
    RAWHAUL_TRY(reader.Open(json));
    RAWHAUL_ASSIGN(const JsonType type, reader.BodyType());
    return type == JsonType::kObject ? Status() : Invalid("InvalidType", "the body must be a JSON object");
  }

  Status ReadBatch(JsonReader::Value& value) {
    RAWHAUL_ASSIGN(const JsonType type, reader.TypeOf(value));
    if (type != JsonType::kArray) return Invalid("InvalidType", "\"batch\" must be an array");
    size_t index = 0;
    return reader.ForEachElement(value, [&](JsonReader::Value& element) -> Status {
      if (index == kMaxMessages) {
        return Fail(ErrorCode::kTooLarge, fmt::format("a batch must have at most {} messages", kMaxMessages),
                    "TooManyMessages");
      }
      return ReadMessage(element, index++);
    });
  }

  Status ReadMessage(JsonReader::Value& value, size_t index) {
    RAWHAUL_ASSIGN(const JsonType type, reader.TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(reader.ReadValue(value, 3));
      const Error error{ErrorCode::kInvalidArgument, "a message must be an object", "InvalidMessage"};
      body.rejected.Add(index, error);
      return {};
    }
    Message& message = body.messages.emplace_back();
    message.index = index;
    return reader.ForEachField(value, [&](std::string_view key, JsonReader::Value& field) {
      return ReadField(std::string(key), field, 4, message);
    });
  }

  Status ReadField(const std::string& key, JsonReader::Value& value, int depth, Message& message) {
    if (key == "properties") return ReadMembers(key, value, depth, message.properties);
    if (key == "traits") return ReadMembers(key, value, depth, message.traits);
    if (key == "context") return ReadContext(value, depth, message.context);
    return ReadMember(key, value, depth, message.fields);
  }

  // What is no object, but says something, is the only member and has the name of the whole. (An empty PHP
  // array is sent as [].)
  Status ReadMembers(const std::string& key, JsonReader::Value& value, int depth, Members& members) {
    members.Clear();
    RAWHAUL_ASSIGN(const JsonType type, reader.TypeOf(value));
    if (type != JsonType::kObject) {
      RAWHAUL_TRY(ReadMember(key, value, depth, members));
      if (members.begin()->text.empty() || members.begin()->text == "[]") members.Clear();
      return {};
    }
    return reader.ForEachField(value, [&](std::string_view name, JsonReader::Value& member) {
      return ReadMember(std::string(name), member, depth + 1, members);
    });
  }

  Status ReadContext(JsonReader::Value& value, int depth, Members& members) {
    members.Clear();
    RAWHAUL_ASSIGN(const JsonType type, reader.TypeOf(value));
    if (type != JsonType::kObject) return reader.ReadValue(value, depth).map([](const JsonValue&) {});
    return reader.ForEachField(value, [&](std::string_view key, JsonReader::Value& group) -> Status {
      const std::string prefix = std::string(key) + '.';
      RAWHAUL_ASSIGN(const JsonType inner, reader.TypeOf(group));
      if (inner != JsonType::kObject) return ReadMember(std::string(key), group, depth + 1, members);
      return reader.ForEachField(group, [&](std::string_view name, JsonReader::Value& member) {
        return ReadMember(prefix + std::string(name), member, depth + 2, members);
      });
    });
  }

  Status ReadMember(std::string key, JsonReader::Value& value, int depth, Members& members) {
    if (++members_read > kMaxMembers) {
      return Fail(ErrorCode::kTooLarge,
                  fmt::format("the messages of a body must have at most {} members together", kMaxMembers),
                  "TooManyMembers");
    }
    Member member{std::move(key), JsonType::kNull, {}};
    RAWHAUL_ASSIGN(member.type, reader.TypeOf(value));
    if (member.type == JsonType::kObject || member.type == JsonType::kArray) {
      RAWHAUL_TRY(reader.AppendText(value, depth, member.text));
    } else {
      RAWHAUL_ASSIGN(const JsonValue plain, reader.ReadValue(value, depth));
      member.text = plain.text;
    }
    members.Add(std::move(member));
    return {};
  }

  JsonReader reader;
  Body body;
  size_t members_read = 0;
};

BodyParser::BodyParser() : impl_(std::make_unique<Impl>()) {}
BodyParser::~BodyParser() = default;

Result<Body> BodyParser::ParseBatch(std::string_view json) {
  RAWHAUL_TRY(impl_->Open(json));
  Members fields;
  bool has_batch = false;
  RAWHAUL_TRY(impl_->reader.ForEachFieldOfBody([&](std::string_view key, JsonReader::Value& value) -> Status {
    if (key != "batch") return impl_->ReadMember(std::string(key), value, 2, fields);
    if (std::exchange(has_batch, true)) return Invalid("InvalidType", "\"batch\" is there twice");
    return impl_->ReadBatch(value);
  }));
  RAWHAUL_TRY(impl_->reader.CheckEnd());
  if (!has_batch) return Invalid("MissingField", "\"batch\" is missing");
  impl_->body.write_key = fields.Text("writeKey");
  impl_->body.sent_at = fields.Text("sentAt");
  return std::move(impl_->body);
}

Result<Body> BodyParser::ParseMessage(std::string_view json) {
  RAWHAUL_TRY(impl_->Open(json));
  Message& message = impl_->body.messages.emplace_back();
  RAWHAUL_TRY(impl_->reader.ForEachFieldOfBody([&](std::string_view key, JsonReader::Value& value) {
    return impl_->ReadField(std::string(key), value, 2, message);
  }));
  RAWHAUL_TRY(impl_->reader.CheckEnd());
  impl_->body.write_key = message.fields.Text("writeKey");
  impl_->body.sent_at = message.fields.Text("sentAt");
  return std::move(impl_->body);
}

}  // namespace rawhaul::segment
