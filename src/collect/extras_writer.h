// Builds the one stored form of extras: a JSON object on one line, keys in the order sent, numbers as sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/batch_parser.h"
#include "collect/json_value.h"

namespace rawhaul {

// Keeps its buffers from record to record. Keys and values must stay until Finish.
class ExtrasWriter {
 public:
  explicit ExtrasWriter(const CollectLimits& limits) : limits_(limits) {}

  void Clear();
  // No other key can be added.
  bool is_full() const { return keys_.size() == limits_.max_extras_keys; }
  // After the first problem, further ones are not looked for.
  void Add(std::string_view key, const JsonValue& value);
  // Adds it, or tells why not; then the extras are as they were.
  Status TryAdd(std::string_view key, const JsonValue& value);
  // The object, empty for no extras, or the first problem: InvalidExtras, ExtrasTooLarge. Valid until Clear.
  Result<std::string_view> Finish();

 private:
  void Append(std::string_view key, const JsonValue& value);
  Status Check(std::string_view key, const JsonValue& value) const;
  bool HasKey(std::string_view key) const;

  const CollectLimits& limits_;
  std::string text_;
  std::vector<std::string_view> keys_;
  Status status_;
};

}  // namespace rawhaul
