#include "collect/segment/texts.h"

#include <algorithm>

#include "collect/batch_fields.h"
#include "model/tag_budget.h"

namespace rawhaul::segment {
namespace {

constexpr size_t kMaxKeyLength = 64;      // of extras
constexpr size_t kMaxTagCharacters = 64;  // of a tag's name

bool IsTail(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool IsNested(JsonType type) { return type == JsonType::kObject || type == JsonType::kArray; }

}  // namespace

std::string_view Cut(std::string_view text, size_t characters) {
  if (text.size() <= characters) return text;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    if (!IsTail(text[end]) && characters-- == 0) break;
  }
  return text.substr(0, end);
}

std::string_view CutToBytes(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && IsTail(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string ExtrasKey(std::string_view key) {
  std::string out;
  if (key.empty() || !IsLetter(key.front())) out = "p_";
  for (const char c : key) {
    if (!IsTail(c)) out += IsLetter(c) || IsDigit(c) ? c : '_';
  }
  return out.substr(0, kMaxKeyLength);
}

// The numbers of a key go up, so that none is looked at twice, though some are taken by keys that end with
// one.
std::string ExtrasMaker::FreeKey(std::string_view key) {
  std::string plain = ExtrasKey(key);
  if (!keys_.contains(plain)) return plain;
  int& number = last_.try_emplace(plain, 1).first->second;
  std::string own;
  do {
    const std::string suffix = '_' + std::to_string(++number);
    own = plain.substr(0, kMaxKeyLength - suffix.size()) + suffix;
  } while (keys_.contains(own));
  return own;
}

void ExtrasMaker::Add(std::string_view key, const JsonValue& value) {
  if (writer_.is_full()) return;
  const auto own = keys_.insert(FreeKey(key)).first;
  const JsonType type = IsNested(value.type) ? JsonType::kString : value.type;
  if (!writer_.TryAdd(*own, {type, value.text})) keys_.erase(own);
}

std::string ExtrasMaker::Finish() {
  const auto text = writer_.Finish();
  return text ? std::string(*text) : std::string();
}

Status AddTag(std::string_view name, const Member& value, const CollectLimits& limits,
              CollectedBatch& batch) {
  std::string key(Cut(name, kMaxTagCharacters));
  std::replace_if(key.begin(), key.end(), IsControl, '_');
  JsonValue text = value.value();
  if (IsNested(text.type)) {
    text.type = JsonType::kString;
  } else {
    text.text = Cut(text.text, limits.max_tag_characters);
  }
  // What else is refused is a name without characters, or JSON that is too long.
  Status added = rawhaul::AddTag(key, text, limits, batch);
  return !added && added.error().reason == kTooManyTags ? added : Status();
}

}  // namespace rawhaul::segment
