// JSON values as the collect path sees them, free of the JSON library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

enum class JsonType : uint8_t { kAbsent, kNull, kString, kNumber, kBoolean, kObject, kArray };

// `text`: the unescaped string, or the number or boolean as it was sent; empty for objects and arrays. It
// points into the parser's buffers and lives as long as the batch is being read.
struct JsonValue {
  JsonType type = JsonType::kAbsent;
  std::string_view text;

  // A null field means the same as one that is not there.
  bool given() const { return type != JsonType::kAbsent && type != JsonType::kNull; }
  bool is_string() const { return type == JsonType::kString; }
};

// Of a number without fraction and exponent that fits; nullopt for everything else.
std::optional<int64_t> ToInteger(const JsonValue& value);

// Appends a string, number, boolean or null as JSON.
void AppendPlain(const JsonValue& value, std::string& out);

}  // namespace rawhaul
