// Reading of push-campaign feedback. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/feedback.h"

namespace rawhaul {

// In order of (campaign, device). Used by one thread at a time.
class FeedbackCursor {
 public:
  virtual ~FeedbackCursor() = default;
  // False at the end and at an error; status() tells which.
  virtual bool Next(FeedbackKey& key, Feedback& feedback) = 0;
  // Leaves out what comes before this campaign, which must not be before that of the last feedback.
  virtual void SkipTo(uint64_t campaign_id) = 0;
  virtual Status status() const = 0;
};

// By id. As it is made, all of them.
struct CampaignRange {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;  // included
};

// One state of all feedback of an app, however long it is read. Thread-safe; must not outlive the store.
class FeedbackSnapshot {
 public:
  virtual ~FeedbackSnapshot() = default;
  virtual std::unique_ptr<FeedbackCursor> Read(CampaignType type, const CampaignRange& campaigns) const = 0;
};

class FeedbackStore {
 public:
  virtual ~FeedbackStore() = default;
  // What one device did with one campaign, of each key, in their order. One call costs less than as many.
  virtual Result<std::vector<std::optional<Feedback>>> FindAll(uint32_t app,
                                                               std::span<const FeedbackKey> keys) const = 0;
  Result<std::optional<Feedback>> Find(uint32_t app, const FeedbackKey& key) const {
    RAWHAUL_ASSIGN(auto found, FindAll(app, std::span(&key, 1)));
    return std::move(found.front());
  }
  virtual std::shared_ptr<const FeedbackSnapshot> Snapshot(uint32_t app) const = 0;
};

}  // namespace rawhaul
