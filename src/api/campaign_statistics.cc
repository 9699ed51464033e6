#include "api/campaign_statistics.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <map>
#include <utility>

namespace rawhaul::api {
namespace {

namespace json = boost::json;

// Wire names in the order of kFeedbackFlags.
constexpr std::array<std::string_view, kFeedbackFlags.size()> kFlagNames{
    "queued",
    "dropped",
    "in-app-notification-displayed",
    "in-app-notification-actioned",
    "in-app-notification-exited",
    "system-notification-displayed",
    "system-notification-actioned",
    "system-notification-exited",
    "content-displayed",
    "content-actioned",
    "content-exited",
};

struct Counts {
  uint64_t devices = 0;
  uint64_t delivered = 0;
  std::array<uint64_t, kFlagNames.size()> by_flag{};
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> answers;  // by question and choice
};

// Only answers that the poll has are in `counts` from the start, so that nobody can make it grow.
void Count(const Feedback& feedback, Counts& counts) {
  ++counts.devices;
  if (IsAnswered(feedback.flags)) ++counts.delivered;
  for (size_t i = 0; i < counts.by_flag.size(); ++i) counts.by_flag[i] += feedback.flags >> i & 1u;
  for (const PollAnswer& answer : feedback.answers) {
    const auto place = counts.answers.find({answer.question, answer.choice});
    if (place != counts.answers.end()) ++place->second;
  }
}

json::object AnswersJson(const Campaign& campaign, const Counts& counts) {
  json::object answers;
  for (const PollQuestion& question : campaign.content.questions) {
    json::object& choices = answers[std::to_string(question.id)].emplace_object();
    for (const uint64_t choice : question.choices)
      choices[std::to_string(choice)] = counts.answers.at({question.id, choice});
  }
  return answers;
}

}  // namespace

Result<json::object> CampaignStatistics(const Campaign& campaign, const FeedbackStore& store,
                                        const std::stop_token& stop) {
  Counts counts;
  for (const PollQuestion& question : campaign.content.questions) {
    for (const uint64_t choice : question.choices) counts.answers[{question.id, choice}] = 0;
  }
  const auto cursor = store.Snapshot(campaign.app)->Read(campaign.kind, {campaign.id, campaign.id});
  FeedbackKey key;
  Feedback feedback;
  while (cursor->Next(key, feedback)) {
    if (stop.stop_requested()) return Fail(ErrorCode::kUnavailable, "the server is stopping", "Stopping");
    Count(feedback, counts);
  }
  RAWHAUL_TRY(cursor->status());

  json::object out;
  for (size_t i = 0; i < kFlagNames.size(); ++i) out[kFlagNames[i]] = counts.by_flag[i];
  out["pushed"] = counts.devices;
  for (const std::string_view native : {"pushed-native", "pushed-native-google", "pushed-native-adm"})
    out[native] = 0;
  out["delivered"] = counts.delivered;
  out["answers"] = AnswersJson(campaign, counts);
  return out;
}

}  // namespace rawhaul::api
