#include "collect/tag_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "collect/batch_fields.h"

namespace rawhaul {
namespace {

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidTag");
}

}  // namespace

Result<TagChanges> ParseTagChanges(std::string_view where, const boost::json::value& value, Nulls nulls) {
  if (!value.is_object()) return Bad(fmt::format("\"{}\" must be an object of tags", where));
  RAWHAUL_TRY(CheckTagCount(where, value.as_object().size()));
  TagChanges changes;
  for (const auto& [key, tag] : value.as_object()) {
    const std::string_view text = tag.is_string() ? std::string_view(tag.as_string()) : std::string_view();
    RAWHAUL_TRY(CheckTag(where, key, text, CollectLimits()));
    if (!tag.is_string() && !tag.is_null())
      return Bad(fmt::format("\"{}.{}\" must be a string or null", where, std::string_view(key)));
    if (tag.is_string()) changes.emplace_back(key, text);
    if (tag.is_null() && nulls == Nulls::kDelete) changes.emplace_back(key, std::nullopt);
  }
  return changes;
}

}  // namespace rawhaul
