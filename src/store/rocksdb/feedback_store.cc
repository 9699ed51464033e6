#include "store/rocksdb/feedback_store.h"

#include "store/rocksdb/keys.h"
#include "store/rocksdb/multi_get.h"
#include "store/rocksdb/snapshot.h"

namespace rawhaul {
namespace {

class RocksFeedbackCursor final : public FeedbackCursor {
 public:
  RocksFeedbackCursor(std::shared_ptr<const DatabaseSnapshot> snapshot, uint32_t app, CampaignType type,
                      const CampaignRange& campaigns)
      : app_(app),
        type_(type),
        scan_(std::move(snapshot), Family::kFeedback, FirstOf(campaigns.first),
              keys::Encode(keys::AppFeedbackKey{app, {type, campaigns.last, Guid::Max()}})) {}

  bool Next(FeedbackKey& key, Feedback& feedback) override {
    if (!scan_.Next()) return false;
    const auto stored_key = keys::ParseFeedbackKey(scan_.key());
    const auto stored = Feedback::Decode(scan_.value());
    if (!stored_key || !stored) {
      scan_.EndDamaged("feedback", stored ? "" : stored.error().message);
      return false;
    }
    key = stored_key->feedback;
    feedback = *stored;
    return true;
  }

  void SkipTo(uint64_t campaign_id) override { scan_.SkipTo(FirstOf(campaign_id)); }

  Status status() const override { return scan_.status(); }

 private:
  std::string FirstOf(uint64_t campaign) const {
    return keys::Encode(keys::AppFeedbackKey{app_, {type_, campaign, Guid{}}});
  }

  const uint32_t app_;
  const CampaignType type_;
  SnapshotScan scan_;
};

class RocksFeedbackSnapshot final : public FeedbackSnapshot {
 public:
  RocksFeedbackSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot, uint32_t app)
      : snapshot_(std::move(snapshot)), app_(app) {}

  std::unique_ptr<FeedbackCursor> Read(CampaignType type, const CampaignRange& campaigns) const override {
    return std::make_unique<RocksFeedbackCursor>(snapshot_, app_, type, campaigns);
  }

 private:
  const std::shared_ptr<const DatabaseSnapshot> snapshot_;
  const uint32_t app_;
};

class RocksFeedbackStore final : public FeedbackStore {
 public:
  explicit RocksFeedbackStore(const RocksDatabase& database) : database_(database) {}

  Result<std::vector<std::optional<Feedback>>> FindAll(uint32_t app,
                                                       std::span<const FeedbackKey> keys) const override {
    std::vector<std::string> encoded;
    encoded.reserve(keys.size());
    for (const FeedbackKey& key : keys) encoded.push_back(keys::Encode(keys::AppFeedbackKey{app, key}));
    std::vector<std::optional<Feedback>> found(keys.size());
    const auto stored = MultiGet(database_, Family::kFeedback, encoded);
    for (size_t i = 0; i < keys.size(); ++i) {
      RAWHAUL_ASSIGN(const auto& value, stored[i]);
      if (!value) continue;
      RAWHAUL_ASSIGN(found[i], Feedback::Decode(*value));
    }
    return found;
  }

  std::shared_ptr<const FeedbackSnapshot> Snapshot(uint32_t app) const override {
    return MakeFeedbackSnapshot(std::make_shared<DatabaseSnapshot>(database_), app);
  }

 private:
  const RocksDatabase& database_;
};

}  // namespace

std::shared_ptr<const FeedbackSnapshot> MakeFeedbackSnapshot(std::shared_ptr<const DatabaseSnapshot> snapshot,
                                                             uint32_t app) {
  return std::make_shared<RocksFeedbackSnapshot>(std::move(snapshot), app);
}

std::unique_ptr<FeedbackStore> MakeFeedbackStore(const RocksDatabase& database) {
  return std::make_unique<RocksFeedbackStore>(database);
}

}  // namespace rawhaul
