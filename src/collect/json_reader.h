// Reads a JSON body in one pass, without a tree. For the .cc files of this layer only: it brings simdjson.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/json_value.h"

namespace rawhaul {

// simdjson checks what it is asked for and no more, so every value must be read, also those that nobody
// wants: then a body is taken only when all of it is JSON.
//
// Keeps its buffers from body to body; one thread at a time. Errors are kInvalidArgument, MalformedJson, and
// say what stands where (model/json_fault.h). Strings that were read live until the next Open.
class JsonReader {
 public:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;

  static constexpr int kMaxDepth = 32;  // of what stands within one another; the body itself is at 1

  JsonReader() = default;
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Copies the body. Passes over a byte order mark, and reads U+FFFD for U+0000 and for half a surrogate
  // pair, which clients send that cut a text.
  Status Open(std::string_view json);
  // What the body is. REQUIRES Open.
  Result<JsonType> BodyType();
  // Visits the fields of the body, an object, in their order.
  template <typename Visit>
  Status ForEachFieldOfBody(Visit visit) {
    Object object;
    if (const auto error = document_.get_object().get(object)) return Malformed(error);
    return ForEachField(object, visit);
  }
  // An error when anything follows the body, which has been read.
  Status CheckEnd();

  template <typename Visit>
  Status ForEachField(Value& value, Visit visit) {
    Object object;
    if (const auto error = value.get_object().get(object)) return Malformed(error);
    return ForEachField(object, visit);
  }

  template <typename Visit>
  Status ForEachElement(Value& value, Visit visit) {
    simdjson::ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Malformed(error);
    for (auto result : array) {
      Value element;
      // NOLINTNEXTLINE(performance-move-const-arg): simdjson's get() is for rvalues only
      if (const auto error = std::move(result).get(element)) return Malformed(error);
      RAWHAUL_TRY(visit(element));
    }
    return {};
  }

  Result<JsonType> TypeOf(Value& value);
  // Reads the whole value, which stands at `depth`, and checks all of it.
  Result<JsonValue> ReadValue(Value& value, int depth);
  // The same, and appends it to `out` as JSON on one line, without spaces and with numbers as they were sent.
  Result<JsonType> AppendText(Value& value, int depth, std::string& out);

 private:
  template <typename Visit>
  Status ForEachField(Object& object, Visit visit) {
    for (auto result : object) {
      simdjson::ondemand::field field;
      if (const auto error = std::move(result).get(field)) return Malformed(error);
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return Malformed(error);
      RAWHAUL_TRY(visit(key, field.value()));
    }
    return {};
  }

  Result<JsonValue> ReadString(Value& value);
  Result<JsonValue> ReadNumber(Value& value);
  Result<JsonValue> ReadLiteral(Value& value, JsonType type);
  Status PassOver(Value& value, JsonType type, int depth);
  Status AppendObject(Value& value, int depth, std::string& out);
  Status AppendArray(Value& value, int depth, std::string& out);
  Status CheckDepth(int depth);

  tl::unexpected<Error> Malformed(simdjson::error_code error);
  // With the place where the reading stands.
  tl::unexpected<Error> MalformedHere(std::string_view message);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::vector<char> buffer_;  // the body and simdjson's padding
  size_t size_ = 0;           // of the body
};

}  // namespace rawhaul
