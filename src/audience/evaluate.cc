#include <fmt/format.h>

#include <algorithm>

#include "audience/audience.h"
#include "audience/wildcard.h"
#include "base/encoding.h"
#include "base/integer.h"

namespace rawhaul {
namespace {

// nullptr: unknown.
const std::string* Find(const FieldValues& values, std::string_view field) {
  const auto found = values.find(field);
  return found == values.end() || found->second.empty() ? nullptr : &found->second;
}

const std::string* FindTag(const Device& device, const std::string& name) {
  const auto found = device.tags.find(name);
  return found == device.tags.end() ? nullptr : &found->second;
}

bool MatchesIgnoringCase(const TextPattern& pattern, const std::string* text) {
  if (!pattern || text == nullptr) return !pattern && text == nullptr;
  return MatchesWildcards(ToLower(*pattern), ToLower(*text));
}

template <typename T>
bool Compare(const T& left, Comparison comparison, const T& right) {
  switch (comparison) {
    case Comparison::kEqual:
      return left == right;
    case Comparison::kLess:
      return left < right;
    case Comparison::kGreater:
      return left > right;
    case Comparison::kLessOrEqual:
      return left <= right;
    case Comparison::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

std::optional<Day> DayOf(std::string_view text) {
  if (const auto day = ParseDay(text)) return day;
  const auto instant = ParseInstant(text);
  return instant ? std::optional(std::chrono::floor<std::chrono::days>(*instant)) : std::nullopt;
}

bool HasAny(uint16_t flags, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [flags](std::string_view name) { return (flags & *ParseFeedbackFlag(name)) != 0; });
}

// Where content was shown, its buttons count; a notification that was actioned only led there. Where none
// was (a notification is all that there is, or it was closed), the notification's do.
bool Did(uint16_t flags, FeedbackAction action) {
  const bool content = HasAny(flags, {"ContentDisplayed", "ContentActioned", "ContentExited"});
  const bool actioned = content ? HasAny(flags, {"ContentActioned"})
                                : HasAny(flags, {"InAppNotificationActioned", "SystemNotificationActioned"});
  const bool exited = content ? HasAny(flags, {"ContentExited"})
                              : HasAny(flags, {"InAppNotificationExited", "SystemNotificationExited"});
  switch (action) {
    case FeedbackAction::kPushed:
      return flags != 0;
    case FeedbackAction::kReplied:
      return actioned || exited;
    case FeedbackAction::kActioned:
      return actioned;
    case FeedbackAction::kExited:
      return exited;
  }
  return false;
}

// One overload a criterion.
class CriterionJudge {
 public:
  explicit CriterionJudge(const AudienceSubject& subject) : subject_(subject), device_(subject.device) {}

  Result<bool> operator()(const InfoCriterion& criterion) const {
    return MatchesIgnoringCase(criterion.pattern, Find(device_.info, criterion.field));
  }
  Result<bool> operator()(const LanguageCriterion& criterion) const {
    const std::string* locale = Find(device_.info, "locale");
    if (locale == nullptr) return MatchesIgnoringCase(criterion.pattern, nullptr);
    const std::string language = LanguageOf(*locale);
    return MatchesIgnoringCase(criterion.pattern, &language);
  }
  Result<bool> operator()(const LocationCriterion& criterion) const {
    return std::all_of(criterion.fields.begin(), criterion.fields.end(), [this](const InfoCriterion& field) {
      return MatchesIgnoringCase(field.pattern, Find(device_.location, field.field));
    });
  }
  Result<bool> operator()(const StringTagCriterion& criterion) const {
    const std::string* tag = FindTag(device_, criterion.name);
    if (!criterion.value || tag == nullptr) return !criterion.value && tag == nullptr;
    return MatchesWildcards(*criterion.value, *tag);
  }
  Result<bool> operator()(const DateTagCriterion& criterion) const {
    const std::string* tag = FindTag(device_, criterion.name);
    const auto day = tag == nullptr ? std::nullopt : DayOf(*tag);
    if (!day) return false;
    const Day today = std::chrono::floor<std::chrono::days>(subject_.now);
    const auto* offset = std::get_if<std::chrono::days>(&criterion.value);
    return Compare(*day, criterion.comparison, offset ? today + *offset : std::get<Day>(criterion.value));
  }
  Result<bool> operator()(const IntegerTagCriterion& criterion) const {
    const std::string* tag = FindTag(device_, criterion.name);
    const auto number = tag == nullptr ? std::nullopt : ParseInteger<int64_t>(*tag);
    return number && Compare(*number, criterion.comparison, criterion.value);
  }
  Result<bool> operator()(const BooleanTagCriterion& criterion) const {
    const std::string* tag = FindTag(device_, criterion.name);
    return tag != nullptr && EqualsIgnoreCase(*tag, criterion.value ? "true" : "false");
  }
  Result<bool> operator()(const FeedbackCriterion& criterion) const {
    RAWHAUL_ASSIGN(const auto feedback, subject_.feedback(criterion.type, criterion.campaign_id));
    return feedback && Did(feedback->flags, criterion.action);
  }
  Result<bool> operator()(const PollAnswerCriterion& criterion) const {
    RAWHAUL_ASSIGN(const auto feedback, subject_.feedback(CampaignType::kPoll, criterion.campaign_id));
    return feedback &&
           std::any_of(feedback->answers.begin(), feedback->answers.end(),
                       [&](const PollAnswer& answer) { return answer.choice == criterion.choice_id; });
  }
  Result<bool> operator()(const UnsupportedCriterion& criterion) const {
    return Fail(ErrorCode::kInternal, fmt::format("the criterion {} was not refused", criterion.type));
  }

 private:
  const AudienceSubject& subject_;
  const Device& device_;
};

Result<bool> HoldsFor(const Criterion& criterion, const AudienceSubject& subject) {
  return std::visit(CriterionJudge(subject), criterion);
}

Result<bool> HoldsFor(const Expression& expression, const Audience& audience,
                      const AudienceSubject& subject) {
  if (expression.kind == Expression::Kind::kCriterion) {
    return HoldsFor(audience.criteria[expression.criterion], subject);
  }
  if (expression.kind == Expression::Kind::kNot) {
    RAWHAUL_ASSIGN(const bool holds, HoldsFor(expression.operands.front(), audience, subject));
    return !holds;
  }
  const bool decisive = expression.kind == Expression::Kind::kOr;
  for (const Expression& operand : expression.operands) {
    RAWHAUL_ASSIGN(const bool holds, HoldsFor(operand, audience, subject));
    if (holds == decisive) return decisive;
  }
  return !decisive;
}

Result<bool> CriteriaHold(const Audience& audience, const AudienceSubject& subject) {
  if (audience.expression) return HoldsFor(*audience.expression, audience, subject);
  for (const Criterion& criterion : audience.criteria) {
    RAWHAUL_ASSIGN(const bool holds, HoldsFor(criterion, subject));
    if (!holds) return false;
  }
  return true;
}

bool Passes(const SeenFilter& filter, const Device& device, Timestamp now) {
  const Timestamp threshold = now - filter.threshold;
  switch (filter.kind) {
    case SeenFilter::Kind::kOld:
      return device.first_seen < threshold;
    case SeenFilter::Kind::kNew:
      return device.first_seen > threshold;
    case SeenFilter::Kind::kActive:
      return device.last_seen >= threshold;
    case SeenFilter::Kind::kIdle:
      return device.last_seen < threshold;
  }
  return false;
}

bool Passes(const NativePushFilter&, const Device& device, Timestamp) {
  return device.token && device.native_push_enabled.value_or(true);
}

bool Passes(const TagsFilter& filter, const Device& device, Timestamp) {
  return std::all_of(filter.names.begin(), filter.names.end(),
                     [&device](const std::string& name) { return device.tags.contains(name); });
}

}  // namespace

std::string LanguageOf(std::string_view locale) {
  return ToLower(locale.substr(0, locale.find_first_of("_-")));
}

Status CheckSupported(const Audience& audience) {
  for (size_t i = 0; i < audience.criteria.size(); ++i) {
    const auto* unsupported = std::get_if<UnsupportedCriterion>(&audience.criteria[i]);
    if (unsupported == nullptr) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("audience.criteria.{}: this server has no data to tell {} by; take the criterion "
                            "out to activate the campaign.",
                            audience.names[i], unsupported->type),
                "UnsupportedAudience");
  }
  return {};
}

Result<bool> Holds(const Audience& audience, const AudienceSubject& subject) {
  for (const AudienceFilter& filter : audience.filters) {
    const bool passes =
        std::visit([&](const auto& kind) { return Passes(kind, subject.device, subject.now); }, filter);
    if (!passes) return false;
  }
  return CriteriaHold(audience, subject);
}

}  // namespace rawhaul
