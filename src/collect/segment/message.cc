#include "collect/segment/message.h"

#include <algorithm>
#include <ranges>

namespace rawhaul::segment {

JsonValue Members::Find(std::string_view key) const {
  for (const Member& member : std::views::reverse(members_)) {
    if (member.key == key) return member.value().given() ? member.value() : JsonValue{};
  }
  return {};
}

std::string_view Members::Text(std::string_view key) const {
  const JsonValue value = Find(key);
  return value.is_string() || value.type == JsonType::kNumber ? value.text : std::string_view();
}

bool Members::IsTrue(std::string_view key) const {
  const JsonValue value = Find(key);
  return value.type == JsonType::kBoolean && value.text == "true";
}

}  // namespace rawhaul::segment
