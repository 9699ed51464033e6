#include <fmt/format.h>
#include <soci/soci.h>

#include <map>

#include "audience/audience.h"
#include "base/mutex.h"
#include "base/unicode.h"
#include "catalog/sqlite_catalog.h"
#include "catalog/task_order.h"
#include "catalog/transaction.h"
#include "model/campaign_content.h"

namespace rawhaul {
namespace {

// The states of Campaign::StateAt(), at :now.
constexpr std::string_view kState =
    "CASE WHEN activated IS NULL THEN 'draft'"
    " WHEN finished IS NOT NULL OR ends <= :now THEN 'finished'"
    " WHEN starts > :now THEN 'scheduled' ELSE 'in-progress' END";
constexpr std::string_view kFinished =
    "CASE WHEN activated IS NULL THEN NULL WHEN finished IS NOT NULL THEN finished WHEN ends <= :now THEN "
    "ends END";

struct OptionalTime {
  OptionalTime() = default;
  explicit OptionalTime(const std::optional<Timestamp>& time)
      : millis(time ? ToMillis(*time) : 0), indicator(time ? soci::i_ok : soci::i_null) {}
  std::optional<Timestamp> get() const {
    if (indicator == soci::i_null) return std::nullopt;
    return FromMillis(millis);
  }

  long long millis = 0;
  soci::indicator indicator = soci::i_null;
};

struct CampaignRow {
  long long id = 0;
  long long app = 0;
  long long kind = 0;
  std::string content;
  OptionalTime starts;
  OptionalTime ends;
  OptionalTime activated;
  OptionalTime finished;
};

// Without the content.
Campaign ToTimes(const CampaignRow& row) {
  Campaign campaign;
  campaign.id = static_cast<uint64_t>(row.id);
  campaign.app = static_cast<uint32_t>(row.app);
  campaign.kind = static_cast<CampaignType>(row.kind);
  campaign.content.starts = row.starts.get();
  campaign.content.ends = row.ends.get();
  campaign.activated = row.activated.get();
  campaign.finished = row.finished.get();
  return campaign;
}

Result<Campaign> ToCampaign(const CampaignRow& row) {
  Campaign campaign = ToTimes(row);
  auto content = LoadCampaignContent(row.content, campaign.kind);
  if (!content || PathNameOf(campaign.kind).empty()) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the campaign {}: {}", row.id,
                            content ? "its kind is not known" : content.error().message));
  }
  content->starts = campaign.content.starts;
  content->ends = campaign.content.ends;
  campaign.content = *std::move(content);
  return campaign;
}

Result<std::vector<Campaign>> ToCampaigns(const std::vector<CampaignRow>& rows) {
  std::vector<Campaign> campaigns;
  campaigns.reserve(rows.size());
  for (const CampaignRow& row : rows) {
    RAWHAUL_ASSIGN(Campaign campaign, ToCampaign(row));
    campaigns.push_back(std::move(campaign));
  }
  return campaigns;
}

// The values of named parameters; `tail` of a query may have any of them.
struct Parameters {
  long long app = 0;
  long long kind = 0;
  long long id = 0;
  std::string name = {};
  long long now = 0;
  long long top = 0;
  long long skip = 0;
};

void Bind(soci::statement& statement, std::string_view query, const Parameters& parameters) {
  const auto bind = [&](std::string_view name, const auto& value) {
    if (query.find(fmt::format(":{}", name)) == std::string_view::npos) return;
    statement.exchange(soci::use(value, std::string(name)));
  };
  bind("app", parameters.app);
  bind("kind", parameters.kind);
  bind("id", parameters.id);
  bind("name", parameters.name);
  bind("now", parameters.now);
  bind("top", parameters.top);
  bind("skip", parameters.skip);
}

void BindInto(soci::statement& statement, OptionalTime& time) {
  statement.exchange(soci::into(time.millis, time.indicator));
}

// Calls `take`, which returns a Status, with each row of the campaigns that `tail` selects. `content` is the
// column of that name, or what stands for it.
template <typename Take>
Status ForEach(soci::session& sql, std::string_view content, std::string_view tail,
               const Parameters& parameters, const Take& take) {
  CampaignRow row;
  soci::statement statement(sql);
  Bind(statement, tail, parameters);
  statement.exchange(soci::into(row.id));
  statement.exchange(soci::into(row.app));
  statement.exchange(soci::into(row.kind));
  statement.exchange(soci::into(row.content));
  for (OptionalTime* time : {&row.starts, &row.ends, &row.activated, &row.finished})
    BindInto(statement, *time);
  statement.alloc();
  statement.prepare(fmt::format(
      "SELECT id, app_id, kind, {}, starts, ends, activated, finished FROM campaigns {}", content, tail));
  statement.define_and_bind();
  statement.execute();
  while (statement.fetch()) RAWHAUL_TRY(take(row));
  return {};
}

Result<std::vector<CampaignRow>> SelectRows(soci::session& sql, std::string_view tail,
                                            const Parameters& parameters) {
  std::vector<CampaignRow> rows;
  RAWHAUL_TRY(ForEach(sql, "content", tail, parameters, [&](const CampaignRow& row) -> Status {
    rows.push_back(row);
    return {};
  }));
  return rows;
}

Result<std::vector<Campaign>> Select(soci::session& sql, std::string_view tail,
                                     const Parameters& parameters) {
  RAWHAUL_ASSIGN(const std::vector<CampaignRow> rows, SelectRows(sql, tail, parameters));
  return ToCampaigns(rows);
}

Result<std::optional<Campaign>> SelectOne(soci::session& sql, std::string_view tail,
                                          const Parameters& parameters) {
  RAWHAUL_ASSIGN(std::vector<Campaign> campaigns, Select(sql, tail, parameters));
  if (campaigns.empty()) return std::nullopt;
  return std::move(campaigns.front());
}

Result<std::optional<Campaign>> SelectKey(soci::session& sql, const CampaignKey& key) {
  return SelectOne(
      sql, "WHERE app_id = :app AND kind = :kind AND id = :id",
      {.app = key.app, .kind = static_cast<long long>(key.kind), .id = static_cast<long long>(key.id)});
}

std::string OrderBy(CampaignOrder order, bool descending) {
  const std::string_view direction = descending ? "DESC" : "ASC";
  switch (order) {
    case CampaignOrder::kId:
      return fmt::format("id {}", direction);
    case CampaignOrder::kName:
      return fmt::format("name_folded {}, id", direction);
    case CampaignOrder::kState:
      return fmt::format("{} {}, id", kState, direction);
    case CampaignOrder::kActivated:
      return fmt::format("activated {} NULLS LAST, id", direction);
    case CampaignOrder::kFinished:
      return fmt::format("{} {} NULLS LAST, id", kFinished, direction);
  }
  return "id";
}

std::string ListTail(const CampaignCatalog::Page& page) {
  std::string tail = "WHERE app_id = :app AND kind = :kind";
  if (page.state) tail += fmt::format(" AND {} = '{}'", kState, ToString(*page.state));
  if (!page.search.empty()) tail += " AND INSTR(name_folded, :name) > 0";
  return tail + fmt::format(" ORDER BY {} LIMIT :top OFFSET :skip", OrderBy(page.order, page.descending));
}

tl::unexpected<Error> NameTaken(const Campaign& campaign) {
  return Fail(ErrorCode::kConflict,
              fmt::format("The app has another campaign \"{}\" among its {}; names are unique there.",
                          campaign.content.name, PathNameOf(campaign.kind)),
              "CampaignNameTaken");
}

tl::unexpected<Error> NoSuchCampaign(const CampaignKey& key) {
  return Fail(ErrorCode::kNotFound,
              fmt::format("There is no campaign {} among the {}.", key.id, PathNameOf(key.kind)),
              "CampaignNotFound");
}

// Of `campaign`, but for its id. kConflict when another one has its name.
Status Insert(soci::session& sql, const Campaign& campaign) {
  const long long app = campaign.app;
  const auto kind = static_cast<long long>(campaign.kind);
  const CampaignContent& content = campaign.content;
  const std::string folded = FoldCase(content.name);
  OptionalTime starts(content.starts);
  OptionalTime ends(content.ends);
  soci::statement statement =
      (sql.prepare << "INSERT INTO campaigns (app_id, kind, name, name_folded, content, starts, ends)"
                      " VALUES (:app, :kind, :name, :folded, :content, :starts, :ends)"
                      " ON CONFLICT (app_id, kind, name) DO NOTHING",
       soci::use(app), soci::use(kind), soci::use(content.name), soci::use(folded), soci::use(content.json),
       soci::use(starts.millis, starts.indicator), soci::use(ends.millis, ends.indicator));
  statement.execute(true);
  return statement.get_affected_rows() > 0 ? Status() : NameTaken(campaign);
}

// kConflict when another one has its name.
Status Save(soci::session& sql, const Campaign& campaign) {
  const auto id = static_cast<long long>(campaign.id);
  const CampaignContent& content = campaign.content;
  const std::string folded = FoldCase(content.name);
  OptionalTime starts(content.starts);
  OptionalTime ends(content.ends);
  OptionalTime activated(campaign.activated);
  OptionalTime finished(campaign.finished);
  soci::statement statement =
      (sql.prepare
           << "UPDATE OR IGNORE campaigns SET name = :name, name_folded = :folded, content = :content,"
              " starts = :starts, ends = :ends, activated = :activated, finished = :finished WHERE id = :id",
       soci::use(content.name), soci::use(folded), soci::use(content.json),
       soci::use(starts.millis, starts.indicator), soci::use(ends.millis, ends.indicator),
       soci::use(activated.millis, activated.indicator), soci::use(finished.millis, finished.indicator),
       soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0 ? Status() : NameTaken(campaign);
}

// CheckAllowed(), and that the server can tell who is in the audience of what is activated.
Status CheckChange(const Campaign& campaign, CampaignAction action, Timestamp now) {
  RAWHAUL_TRY(CheckAllowed(campaign, action, now));
  if (action != CampaignAction::kActivate || campaign.content.audience.empty()) return {};
  RAWHAUL_ASSIGN(const Audience audience, ParseAudience(campaign.content.audience));
  return CheckSupported(audience);
}

// What ListRunning() read. Only this process changes campaigns, so nothing else makes it old.
class RunningCache {
 public:
  CampaignCatalog::Campaigns Find(uint32_t app) const {
    const MutexLock lock(mutex_);
    const auto found = by_app_.find(app);
    return found == by_app_.end() ? nullptr : found->second;
  }
  void Put(uint32_t app, CampaignCatalog::Campaigns campaigns) {
    const MutexLock lock(mutex_);
    by_app_[app] = std::move(campaigns);
  }
  void Drop(uint32_t app) {
    const MutexLock lock(mutex_);
    by_app_.erase(app);
  }

 private:
  mutable Mutex mutex_;
  std::map<uint32_t, CampaignCatalog::Campaigns> by_app_ RAWHAUL_GUARDED_BY(mutex_);
};

class SqliteCampaigns final : public CampaignCatalog {
 public:
  explicit SqliteCampaigns(Database& database) : database_(database) {}

  Result<Campaign> Create(uint32_t app, CampaignType kind, const CampaignContent& content) override {
    Campaign campaign;
    campaign.app = app;
    campaign.kind = kind;
    campaign.content = content;
    return database_.Run([&](soci::session& sql) -> Result<Campaign> {
      RAWHAUL_TRY(Insert(sql, campaign));
      long long id = 0;
      sql.get_last_insert_id("campaigns", id);
      campaign.id = static_cast<uint64_t>(id);
      return campaign;
    });
  }

  Result<std::optional<Campaign>> Find(const CampaignKey& key) override {
    return database_.Run([&](soci::session& sql) { return SelectKey(sql, key); });
  }

  Result<std::optional<Campaign>> FindByName(uint32_t app, CampaignType kind,
                                             std::string_view name) override {
    return database_.Run([&](soci::session& sql) {
      return SelectOne(sql, "WHERE app_id = :app AND kind = :kind AND name = :name",
                       {.app = app, .kind = static_cast<long long>(kind), .name = std::string(name)});
    });
  }

  Result<std::vector<Campaign>> List(uint32_t app, CampaignType kind, const Page& page,
                                     Timestamp now) override {
    const Parameters parameters{.app = app,
                                .kind = static_cast<long long>(kind),
                                .name = FoldCase(page.search),
                                .now = ToMillis(now),
                                .top = ToLimit(page.top),
                                .skip = ToLimit(page.skip)};
    RAWHAUL_ASSIGN(const std::vector<CampaignRow> rows, database_.Run([&](soci::session& sql) {
      return SelectRows(sql, ListTail(page), parameters);
    }));
    return ToCampaigns(rows);  // others need not wait for that: lists may be long
  }

  Result<Campaign> Update(const CampaignKey& key, const CampaignContent& content, Timestamp now) override {
    return Change(key, CampaignAction::kUpdate, now, [&](Campaign& campaign) { campaign.content = content; });
  }
  Result<Campaign> Activate(const CampaignKey& key, Timestamp now) override {
    return Change(key, CampaignAction::kActivate, now, [&](Campaign& campaign) { campaign.activated = now; });
  }
  Result<Campaign> Suspend(const CampaignKey& key, Timestamp now) override {
    return Change(key, CampaignAction::kSuspend, now, [](Campaign& campaign) { campaign.activated.reset(); });
  }
  Result<Campaign> Finish(const CampaignKey& key, Timestamp now) override {
    return Change(key, CampaignAction::kFinish, now, [&](Campaign& campaign) { campaign.finished = now; });
  }

  Status Delete(const CampaignKey& key, Timestamp now) override {
    const auto id = static_cast<long long>(key.id);
    return WithAllowed(key, CampaignAction::kDelete, now, [&](soci::session& sql, const Campaign&) -> Status {
      sql << "DELETE FROM campaigns WHERE id = :id", soci::use(id);
      return {};
    });
  }

  Result<Campaigns> ListRunning(uint32_t app, Timestamp now) override {
    if (Campaigns known = running_.Find(app)) return known;
    return database_.Run([&](soci::session& sql) -> Result<Campaigns> {
      RAWHAUL_ASSIGN(auto campaigns,
                     Select(sql,
                            "WHERE app_id = :app AND activated IS NOT NULL AND finished IS NULL"
                            " AND (ends IS NULL OR ends > :now) ORDER BY id",
                            {.app = app, .now = ToMillis(now)}));
      auto running = std::make_shared<const std::vector<Campaign>>(std::move(campaigns));
      // Still under the database's lock: a change that comes after what was read drops it again.
      running_.Put(app, running);
      return running;
    });
  }

  Result<std::vector<Period>> ListPeriods(uint32_t app, CampaignType kind) override {
    std::vector<Period> periods;
    RAWHAUL_TRY(database_.Run([&](soci::session& sql) {
      return ForEach(sql, "''", "WHERE app_id = :app AND kind = :kind AND activated IS NOT NULL ORDER BY id",
                     {.app = app, .kind = static_cast<long long>(kind)},
                     [&](const CampaignRow& row) -> Status {
                       const Campaign campaign = ToTimes(row);
                       periods.push_back({campaign.id, *campaign.begin(), campaign.end()});
                       return {};
                     });
    }));
    return periods;
  }

 private:
  // One transaction: calls `work` with the campaign when `action` is allowed to it. What it did stays only if
  // it returns no error.
  template <typename Work>
  Status WithAllowed(const CampaignKey& key, CampaignAction action, Timestamp now, const Work& work) {
    return database_.Run([&](soci::session& sql) -> Status {
      WriteTransaction transaction(sql);
      RAWHAUL_ASSIGN(std::optional<Campaign> campaign, SelectKey(sql, key));
      if (!campaign) return NoSuchCampaign(key);
      RAWHAUL_TRY(CheckChange(*campaign, action, now));
      RAWHAUL_TRY(work(sql, *campaign));
      // Whoever reads again waits for the database, and meets what is committed, or not.
      running_.Drop(key.app);
      transaction.Commit();
      return {};
    });
  }

  template <typename Edit>
  Result<Campaign> Change(const CampaignKey& key, CampaignAction action, Timestamp now, const Edit& edit) {
    Campaign changed;
    RAWHAUL_TRY(WithAllowed(key, action, now, [&](soci::session& sql, const Campaign& campaign) -> Status {
      changed = campaign;
      edit(changed);
      return Save(sql, changed);
    }));
    return changed;
  }

  Database& database_;
  RunningCache running_;
};

}  // namespace

std::unique_ptr<CampaignCatalog> MakeCampaignCatalog(Database& database) {
  return std::make_unique<SqliteCampaigns>(database);
}

}  // namespace rawhaul
