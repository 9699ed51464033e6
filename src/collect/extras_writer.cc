#include "collect/extras_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/json_text.h"

namespace rawhaul {
namespace {

constexpr size_t kMaxKeyLength = 64;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyLength && IsLetter(key.front()) &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return IsLetter(c) || c == '_' || (c >= '0' && c <= '9'); });
}

auto Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidExtras");
}

auto TooLarge(std::string message) {
  return Fail(ErrorCode::kTooLarge, std::move(message), "ExtrasTooLarge");
}

}  // namespace

void ExtrasWriter::Clear() {
  text_.clear();
  keys_.clear();
  status_ = {};
}

void ExtrasWriter::Add(std::string_view key, const JsonValue& value) {
  if (!status_) return;
  status_ = Check(key, value);
  if (status_) Append(key, value);
}

Status ExtrasWriter::TryAdd(std::string_view key, const JsonValue& value) {
  RAWHAUL_TRY(Check(key, value));
  const size_t before = text_.size();
  Append(key, value);
  if (text_.size() < limits_.max_extras_bytes) return {};  // the closing brace is still to come
  text_.resize(before);
  keys_.pop_back();
  return TooLarge(fmt::format("\"extras.{}\" does not fit", key));
}

void ExtrasWriter::Append(std::string_view key, const JsonValue& value) {
  keys_.push_back(key);
  text_ += text_.empty() ? "{\"" : ",\"";
  text_ += key;
  text_ += "\":";
  AppendPlain(value, text_);
}

Result<std::string_view> ExtrasWriter::Finish() {
  if (!status_) return Fail(status_.error());
  if (text_.empty()) return text_;
  text_ += '}';
  if (text_.size() > limits_.max_extras_bytes) {
    return TooLarge(fmt::format("\"extras\" must have at most {} bytes as JSON, not {}",
                                limits_.max_extras_bytes, text_.size()));
  }
  return text_;
}

Status ExtrasWriter::Check(std::string_view key, const JsonValue& value) const {
  if (is_full()) {
    return TooLarge(fmt::format("\"extras\" must have at most {} keys", limits_.max_extras_keys));
  }
  if (!IsKey(key)) {
    return Invalid(fmt::format(
        "the key {} of \"extras\" must have 1 to {} letters, digits and underscores and start with "
        "a letter",
        Quoted(key), kMaxKeyLength));
  }
  if (value.type == JsonType::kObject || value.type == JsonType::kArray) {
    return Invalid(fmt::format("\"extras.{}\" must be a string, number, boolean or null", key));
  }
  if (HasKey(key)) return Invalid(fmt::format("\"extras.{}\" is there twice", key));
  return {};
}

bool ExtrasWriter::HasKey(std::string_view key) const {
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

}  // namespace rawhaul
