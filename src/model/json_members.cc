#include "model/json_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "base/nearest_word.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

namespace json = boost::json;
using Form = JsonShape::Within::Form;

Status UnknownMember(std::string_view where, std::string_view name, const JsonShape& shape) {
  const std::string_view nearest = NearestWord(name, shape.members);
  const std::string quoted = Quoted(name);
  std::string message = fmt::format("There is no member {}{}", where, quoted.substr(1, quoted.size() - 2));
  message += nearest.empty() ? fmt::format("; there may be {}.", fmt::join(shape.members, ", "))
                             : fmt::format("; {}{} is probably meant.", where, nearest);
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "UnknownMember");
}

Status CheckElements(const json::array& array, const JsonShape& shape, std::string_view where) {
  size_t index = 0;
  for (const json::value& element : array) {
    const std::string place = fmt::format("{}[{}].", where, index++);
    if (element.is_object()) RAWHAUL_TRY(CheckMembers(element.get_object(), shape, place));
  }
  return {};
}

Status CheckEntries(const json::object& entries, const JsonShape& shape, std::string_view where) {
  for (const auto& [key, value] : entries) {
    const std::string place = fmt::format("{}.{}.", where, std::string_view(key));
    if (value.is_object()) RAWHAUL_TRY(CheckMembers(value.get_object(), shape, place));
  }
  return {};
}

Status CheckWithin(const json::value& value, const JsonShape::Within& within, const std::string& where) {
  if (within.form == Form::kElements) {
    return value.is_array() ? CheckElements(value.get_array(), *within.shape, where) : Status();
  }
  if (!value.is_object()) return {};
  if (within.form == Form::kEntries) return CheckEntries(value.get_object(), *within.shape, where);
  return CheckMembers(value.get_object(), *within.shape, where + ".");
}

}  // namespace

Status CheckMembers(const json::object& object, const JsonShape& shape, std::string_view where) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(shape.members.begin(), shape.members.end(), name) == shape.members.end()) {
      return UnknownMember(where, name, shape);
    }
    const auto within = std::find_if(shape.within.begin(), shape.within.end(),
                                     [&](const JsonShape::Within& known) { return known.name == name; });
    if (within == shape.within.end()) continue;
    RAWHAUL_TRY(CheckWithin(member.value(), *within, fmt::format("{}{}", where, name)));
  }
  return {};
}

}  // namespace rawhaul
