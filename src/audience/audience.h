// Who gets a campaign: a boolean expression over criteria, and filters. Source: REST API 2014-12-01,
// "Audience format"; docs/api.md says what each one means here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audience/expression.h"
#include "base/result.h"
#include "base/time.h"
#include "model/device.h"
#include "model/feedback.h"

namespace rawhaul {

enum class Comparison { kEqual, kLess, kGreater, kLessOrEqual, kGreaterOrEqual };
enum class FeedbackAction { kPushed, kReplied, kActioned, kExited };

// A text with wildcards (wildcard.h); nullopt means that what it is compared with is unknown.
using TextPattern = std::optional<std::string>;

// A field of kInfoFields; case does not matter.
struct InfoCriterion {
  std::string_view field;
  TextPattern pattern;
};
// The language of the device's locale.
struct LanguageCriterion {
  TextPattern pattern;
};
// Fields of kLocationFields, all of which must fit; case does not matter.
struct LocationCriterion {
  std::vector<InfoCriterion> fields;
};
struct StringTagCriterion {
  std::string name;
  TextPattern value;
};
// A tag that is a day (yyyy-MM-dd) or an instant, which counts as its UTC day.
struct DateTagCriterion {
  std::string name;
  std::variant<Day, std::chrono::days> value;  // days: from today, UTC
  Comparison comparison = Comparison::kEqual;
};
struct IntegerTagCriterion {
  std::string name;
  int64_t value = 0;
  Comparison comparison = Comparison::kEqual;
};
struct BooleanTagCriterion {
  std::string name;
  bool value = false;
};
struct FeedbackCriterion {
  CampaignType type = CampaignType::kAnnouncement;
  uint64_t campaign_id = 0;
  FeedbackAction action = FeedbackAction::kPushed;
};
struct PollAnswerCriterion {
  uint64_t campaign_id = 0;
  uint64_t choice_id = 0;
};
// Known to the API, but the server has no data that would tell.
struct UnsupportedCriterion {
  std::string type;
};
using Criterion = std::variant<InfoCriterion, LanguageCriterion, LocationCriterion, StringTagCriterion,
                               DateTagCriterion, IntegerTagCriterion, BooleanTagCriterion, FeedbackCriterion,
                               PollAnswerCriterion, UnsupportedCriterion>;

// By when the device was seen first (old, new) or last (active, idle).
struct SeenFilter {
  enum class Kind { kOld, kNew, kActive, kIdle };
  Kind kind = Kind::kOld;
  std::chrono::days threshold{};
};
struct NativePushFilter {};
struct TagsFilter {
  std::vector<std::string> names;  // the tags that the device must have
};
using AudienceFilter = std::variant<SeenFilter, NativePushFilter, TagsFilter>;

struct Audience {
  std::vector<std::string> names;  // of the criteria, in their order
  std::vector<Criterion> criteria;
  std::optional<Expression> expression;  // nullopt: all criteria must hold
  std::vector<AudienceFilter> filters;   // all must hold
  // engage-subset, the smallest of them: no more devices get the campaign. For who hands campaigns out to
  // keep.
  std::optional<uint64_t> max_devices;
  bool push_quota = false;  // only devices that are below their quota of campaigns; for the caller, too

  // Says nothing but push-quota, which is all that a campaign that is pushed by hand may say.
  bool only_push_quota() const { return criteria.empty() && !expression && filters.empty() && !max_devices; }
};

// The JSON of a campaign's `audience`. kInvalidArgument, reason InvalidAudience, names the criterion or
// filter, what is wrong and what would be right.
Result<Audience> ParseAudience(std::string_view json);

// kInvalidArgument, reason UnsupportedAudience, when something in it can never be told by this server: such a
// campaign can be kept as a draft, but not activated.
Status CheckSupported(const Audience& audience);

// What the server knows of the device that is asked about. Nothing is kept.
struct AudienceSubject {
  const Device& device;
  Timestamp now;
  // What the device did with a campaign; nullopt: nothing. Its error is that of Holds().
  std::function<Result<std::optional<Feedback>>(CampaignType, uint64_t)> feedback;
};

// Whether criteria and filters hold for the device; max_devices and push_quota are left to the caller. Errors
// are those of the subject's functions, which are called only as far as needed. REQUIRES that CheckSupported
// passes.
Result<bool> Holds(const Audience& audience, const AudienceSubject& subject);

// The language of a locale ("en" of "en_US" and "en-GB"), in lower case.
std::string LanguageOf(std::string_view locale);

}  // namespace rawhaul
