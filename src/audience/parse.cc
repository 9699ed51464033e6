#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>
#include <utility>

#include "audience/audience.h"
#include "base/encoding.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

constexpr size_t kMaxAudienceBytes = 65535;
constexpr size_t kMaxCriteria = 256;
constexpr int64_t kMaxDays = 1'000'000;

tl::unexpected<Error> Bad(std::string_view where, std::string_view problem) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("audience{}: {}.", where, problem), "InvalidAudience");
}

std::string_view Text(const json::value& value) {
  const json::string& text = value.as_string();
  return {text.data(), text.size()};
}

// The members of a criterion or filter. Errors say where it stands.
class Members {
 public:
  Members(const json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  tl::unexpected<Error> Wrong(std::string_view member, std::string_view form) const {
    return Bad(where_, fmt::format("{} must be {}", member, form));
  }
  bool has(std::string_view member) const { return object_.contains(member); }
  // nullptr when absent.
  const json::value* Find(std::string_view member) const { return object_.if_contains(member); }

  Result<std::string> Word(std::string_view member) const {
    const json::value* value = Find(member);
    if (value == nullptr || !value->is_string() || Text(*value).empty()) {
      return Wrong(member, "a string that is not empty");
    }
    return std::string(Text(*value));
  }

  Result<TextPattern> Pattern(std::string_view member) const {
    const json::value* value = Find(member);
    if (value != nullptr && value->is_null()) return std::nullopt;
    if (value == nullptr || !value->is_string()) {
      return Wrong(member, "a string, in which ? and * are wildcards, or null for unknown");
    }
    return std::string(Text(*value));
  }

  // A whole number in [min, max], also where it is written as 1.0, as JavaScript may.
  Result<int64_t> Number(std::string_view member, int64_t min, int64_t max) const {
    const json::value* value = Find(member);
    boost::system::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<int64_t>(error);
    if (value == nullptr || error || number < min || number > max) {
      return Wrong(member, fmt::format("a whole number from {} to {}", min, max));
    }
    return number;
  }

  Result<bool> Boolean(std::string_view member) const {
    const json::value* value = Find(member);
    if (value == nullptr || !value->is_bool()) return Wrong(member, "true or false");
    return value->as_bool();
  }

  // One of `choices`, in any case; EQ and the like are sent as they were typed.
  template <typename Value, size_t N>
  Result<Value> Choice(std::string_view member,
                       const std::array<std::pair<std::string_view, Value>, N>& choices) const {
    const json::value* value = Find(member);
    std::string names;
    for (const auto& [name, choice] : choices) {
      if (value != nullptr && value->is_string() && EqualsIgnoreCase(Text(*value), name)) return choice;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    }
    return Wrong(member, "one of " + names);
  }

 private:
  const json::object& object_;
  const std::string where_;
};

constexpr std::array kComparisons{std::pair{std::string_view("EQ"), Comparison::kEqual},
                                  std::pair{std::string_view("LT"), Comparison::kLess},
                                  std::pair{std::string_view("GT"), Comparison::kGreater},
                                  std::pair{std::string_view("LE"), Comparison::kLessOrEqual},
                                  std::pair{std::string_view("GE"), Comparison::kGreaterOrEqual}};
constexpr std::array kActions{std::pair{std::string_view("pushed"), FeedbackAction::kPushed},
                              std::pair{std::string_view("replied"), FeedbackAction::kReplied},
                              std::pair{std::string_view("actioned"), FeedbackAction::kActioned},
                              std::pair{std::string_view("exited"), FeedbackAction::kExited}};

Result<Comparison> ParseComparison(const Members& members) {
  if (!members.has("op")) return Comparison::kEqual;
  return members.Choice("op", kComparisons);
}

Result<uint64_t> ParseId(const Members& members, std::string_view member) {
  constexpr int64_t kMaxId = int64_t{1} << 53;  // what JavaScript can count to
  RAWHAUL_ASSIGN(const int64_t id, members.Number(member, 0, kMaxId));
  return static_cast<uint64_t>(id);
}

Result<Criterion> ParseLocation(const Members& members, std::string_view) {
  constexpr std::array kMembers{std::pair{"country", "countrycode"}, std::pair{"region", "region"},
                                std::pair{"locality", "locality"}};
  LocationCriterion location;
  for (const auto& [member, field] : kMembers) {
    if (!members.has(member)) continue;
    RAWHAUL_ASSIGN(TextPattern pattern, members.Pattern(member));
    location.fields.push_back({field, std::move(pattern)});
  }
  if (location.fields.empty()) return members.Wrong("country, region or locality", "there");
  return location;
}

std::optional<int64_t> ParseOffset(const json::value& value) {
  boost::system::error_code error;
  if (value.is_number()) {
    const auto days = value.to_number<int64_t>(error);
    return error ? std::nullopt : std::optional(days);
  }
  if (!value.is_string() || Text(value).empty()) return std::nullopt;
  std::string_view digits = Text(value);
  const bool negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 8 || digits.find_first_not_of("0123456789") != digits.npos) {
    return std::nullopt;
  }
  const int64_t days = std::stoll(std::string(digits));
  return negative ? -days : days;
}

Result<Criterion> ParseDateTag(const Members& members, std::string_view) {
  DateTagCriterion criterion;
  RAWHAUL_ASSIGN(criterion.name, members.Word("name"));
  RAWHAUL_ASSIGN(criterion.comparison, ParseComparison(members));
  const json::value* value = members.Find("value");
  if (value != nullptr && value->is_string()) {
    if (const auto day = ParseDay(Text(*value))) {
      criterion.value = *day;
      return criterion;
    }
  }
  const auto offset = value == nullptr ? std::nullopt : ParseOffset(*value);
  if (!offset || *offset < -kMaxDays || *offset > kMaxDays) {
    return members.Wrong(
        "value", "a day of the years 0001 to 9999, yyyy-MM-dd, or a number of days from today, such as -7");
  }
  criterion.value = std::chrono::days(*offset);
  return criterion;
}

Result<Criterion> ParseIntegerTag(const Members& members, std::string_view) {
  IntegerTagCriterion criterion;
  RAWHAUL_ASSIGN(criterion.name, members.Word("name"));
  RAWHAUL_ASSIGN(criterion.value, members.Number("value", std::numeric_limits<int64_t>::min(),
                                                 std::numeric_limits<int64_t>::max()));
  RAWHAUL_ASSIGN(criterion.comparison, ParseComparison(members));
  return criterion;
}

Result<Criterion> ParseStringTag(const Members& members, std::string_view) {
  StringTagCriterion criterion;
  RAWHAUL_ASSIGN(criterion.name, members.Word("name"));
  RAWHAUL_ASSIGN(criterion.value, members.Pattern("value"));
  return criterion;
}

Result<Criterion> ParseBooleanTag(const Members& members, std::string_view) {
  BooleanTagCriterion criterion;
  RAWHAUL_ASSIGN(criterion.name, members.Word("name"));
  RAWHAUL_ASSIGN(criterion.value, members.Boolean("value"));
  return criterion;
}

Result<Criterion> ParseFeedback(const Members& members, std::string_view type) {
  FeedbackCriterion criterion{.type = *ParseCampaignType(type)};
  RAWHAUL_ASSIGN(criterion.campaign_id, ParseId(members, "content-id"));
  RAWHAUL_ASSIGN(criterion.action, members.Choice("action", kActions));
  return criterion;
}

Result<Criterion> ParsePollAnswer(const Members& members, std::string_view) {
  PollAnswerCriterion criterion;
  RAWHAUL_ASSIGN(criterion.campaign_id, ParseId(members, "content-id"));
  RAWHAUL_ASSIGN(criterion.choice_id, ParseId(members, "choice-id"));
  return criterion;
}

Result<Criterion> ParseInfo(const Members& members, std::string_view field) {
  RAWHAUL_ASSIGN(TextPattern pattern, members.Pattern("name"));
  return InfoCriterion{field, std::move(pattern)};
}

Result<Criterion> ParseLanguage(const Members& members, std::string_view) {
  RAWHAUL_ASSIGN(TextPattern pattern, members.Pattern("name"));
  return LanguageCriterion{std::move(pattern)};
}

Result<Criterion> MakeUnsupported(const Members&, std::string_view type) {
  return UnsupportedCriterion{std::string(type)};
}

// How the members of a criterion of one type are read; what the argument is depends on the function.
struct CriterionRecipe {
  Result<Criterion> (*parse)(const Members&, std::string_view argument);
  std::string_view argument = {};
};
constexpr std::array<std::pair<std::string_view, CriterionRecipe>, 20> kCriterionTypes{{
    {"carrier-name", {ParseInfo, "carrierName"}},
    {"carrier-country", {ParseInfo, "carrierCountry"}},
    {"firmware-version", {ParseInfo, "firmwareVersion"}},
    {"device-manufacturer", {ParseInfo, "phoneManufacturer"}},
    {"device-model", {ParseInfo, "phoneModel"}},
    {"application-version", {ParseInfo, "applicationVersionName"}},
    {"network-type", {ParseInfo, "networkType"}},
    {"language", {ParseLanguage}},
    {"location", {ParseLocation}},
    {"announcement-feedback", {ParseFeedback, "Announcement"}},
    {"poll-feedback", {ParseFeedback, "Poll"}},
    {"poll-answer-feedback", {ParsePollAnswer}},
    {"datapush-feedback", {ParseFeedback, "DataPush"}},
    {"string-tag", {ParseStringTag}},
    {"date-tag", {ParseDateTag}},
    {"integer-tag", {ParseIntegerTag}},
    {"boolean-tag", {ParseBooleanTag}},
    // Devices report no size of the screen and no coordinates, and segments are another product's.
    {"screen-size", {MakeUnsupported, "screen-size"}},
    {"geo-fencing", {MakeUnsupported, "geo-fencing"}},
    {"segment", {MakeUnsupported, "segment"}},
}};

Result<Criterion> ParseCriterion(const json::value& value, const std::string& where) {
  if (!value.is_object()) return Bad(where, "it must be an object with a type");
  const Members members(value.as_object(), where);
  RAWHAUL_ASSIGN(const CriterionRecipe recipe, members.Choice("type", kCriterionTypes));
  return recipe.parse(members, recipe.argument);
}

Status ParseSeen(const Members& members, SeenFilter::Kind kind, Audience& audience) {
  RAWHAUL_ASSIGN(const int64_t days, members.Number("threshold", 0, kMaxDays));
  audience.filters.emplace_back(SeenFilter{kind, std::chrono::days(days)});
  return {};
}

Status ParseTags(const Members& members, Audience& audience) {
  constexpr std::string_view kForm = "an array of names of tags";
  const json::value* names = members.Find("appInfo");
  if (names == nullptr || !names->is_array()) return members.Wrong("appInfo", kForm);
  TagsFilter filter;
  for (const json::value& name : names->as_array()) {
    if (!name.is_string()) return members.Wrong("appInfo", kForm);
    filter.names.emplace_back(Text(name));
  }
  audience.filters.emplace_back(std::move(filter));
  return {};
}

Status ParseSubset(const Members& members, Audience& audience) {
  RAWHAUL_ASSIGN(const int64_t max, members.Number("max", 0, std::numeric_limits<int32_t>::max()));
  audience.max_devices =
      std::min(audience.max_devices.value_or(static_cast<uint64_t>(max)), static_cast<uint64_t>(max));
  return {};
}

enum class FilterType { kSubset, kOld, kNew, kActive, kIdle, kNativePush, kPushQuota, kTags };
constexpr std::array<std::pair<std::string_view, FilterType>, 8> kFilterTypes{{
    {"engage-subset", FilterType::kSubset},
    {"engage-old-users", FilterType::kOld},
    {"engage-new-users", FilterType::kNew},
    {"engage-active-users", FilterType::kActive},
    {"engage-idle-users", FilterType::kIdle},
    {"native-push-enabled", FilterType::kNativePush},
    {"push-quota", FilterType::kPushQuota},
    {"app-info", FilterType::kTags},
}};

Status ParseFilter(const json::value& value, const std::string& where, Audience& audience) {
  if (!value.is_object()) return Bad(where, "it must be an object with a type");
  const Members members(value.as_object(), where);
  RAWHAUL_ASSIGN(const FilterType type, members.Choice("type", kFilterTypes));
  switch (type) {
    case FilterType::kSubset:
      return ParseSubset(members, audience);
    case FilterType::kOld:
      return ParseSeen(members, SeenFilter::Kind::kOld, audience);
    case FilterType::kNew:
      return ParseSeen(members, SeenFilter::Kind::kNew, audience);
    case FilterType::kActive:
      return ParseSeen(members, SeenFilter::Kind::kActive, audience);
    case FilterType::kIdle:
      return ParseSeen(members, SeenFilter::Kind::kIdle, audience);
    case FilterType::kNativePush:
      audience.filters.emplace_back(NativePushFilter{});
      return {};
    case FilterType::kPushQuota:
      audience.push_quota = true;
      return {};
    case FilterType::kTags:
      return ParseTags(members, audience);
  }
  return {};
}

Status ParseCriteria(const json::value& criteria, Audience& audience) {
  if (!criteria.is_object() || criteria.as_object().size() > kMaxCriteria) {
    return Bad(".criteria", fmt::format("it must be an object of at most {} criteria by name", kMaxCriteria));
  }
  for (const auto& [key, value] : criteria.as_object()) {
    const std::string name(key);
    if (!IsCriterionName(name)) {
      return Bad(".criteria", "a name must begin with A to Z, and have letters, digits and _ alone");
    }
    RAWHAUL_ASSIGN(Criterion criterion, ParseCriterion(value, ".criteria." + name));
    audience.names.push_back(name);
    audience.criteria.push_back(std::move(criterion));
  }
  return {};
}

Status ParseFilters(const json::value& filters, Audience& audience) {
  if (!filters.is_array()) return Bad(".filters", "it must be an array");
  size_t index = 0;
  for (const json::value& filter : filters.as_array()) {
    RAWHAUL_TRY(ParseFilter(filter, fmt::format(".filters[{}]", index++), audience));
  }
  return {};
}

// An empty one is none.
Status ParseExpressionMember(const json::value& expression, Audience& audience) {
  if (!expression.is_string()) return Bad(".expression", "it must be a string");
  if (Text(expression).find_first_not_of(' ') == std::string_view::npos) return {};
  RAWHAUL_ASSIGN(audience.expression, ParseExpression(Text(expression), audience.names));
  return {};
}

}  // namespace

Result<Audience> ParseAudience(std::string_view json) {
  if (json.size() > kMaxAudienceBytes) {
    return Bad("", fmt::format("it has more than {} bytes as JSON", kMaxAudienceBytes));
  }
  boost::system::error_code error;
  const json::value value = json::parse(json, error);
  if (error || !value.is_object()) return Bad("", "it must be an object");
  Audience audience;
  const auto member = [&](std::string_view name) -> const json::value* {
    const json::value* found = value.as_object().if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
  };
  if (const auto* criteria = member("criteria")) RAWHAUL_TRY(ParseCriteria(*criteria, audience));
  if (const auto* filters = member("filters")) RAWHAUL_TRY(ParseFilters(*filters, audience));
  if (const auto* expression = member("expression")) {
    RAWHAUL_TRY(ParseExpressionMember(*expression, audience));
  }
  return audience;
}

}  // namespace rawhaul
