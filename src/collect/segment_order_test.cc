// Whatever is refused or sent again in between, what is stored is that of the messages that were taken.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "collect/segment/ids.h"
#include "collect/segment/sessions.h"
#include "collect/segment_fixture_testing.h"

namespace rawhaul {
namespace {

std::optional<Error> Refuse(const IngestBatch& batch, const Guid& message) {
  const bool refuses = batch.batch_id == message;
  return refuses ? std::optional(Error{ErrorCode::kResourceExhausted, "busy", "TooBusy"}) : std::nullopt;
}

TEST_F(SegmentTest, ARefusedMessageCostsNoSessionOfTheOthers) {
  const auto video = "\"messageId\":\"v\"," + Track("Video", "2016-04-26T09:01:00Z");
  Take({Track("Application Opened", "2016-04-26T09:00:00Z")});
  stores_.ingest().RefuseIf(
      [](const IngestBatch& batch) { return Refuse(batch, segment::MessageBatchId("v")); });
  const auto refused = Send(fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})", video));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TooBusy");
  Take({Track("Application Backgrounded", "2016-04-26T09:05:00Z")});
  stores_.ingest().RefuseIf(nullptr);
  Take({video});
  const auto records = Records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].kind, RecordKind::kSession);
  EXPECT_EQ(records[0].start, "2016-04-26T09:00:00.000Z");
  EXPECT_EQ(records[0].end, "2016-04-26T09:05:00.000Z");
  EXPECT_EQ(records[1].session, records[0].session);
}

TEST_F(SegmentTest, ASessionIsToldOnceWhenItsEndIsRefusedFirstAndWhenItComesTwice) {
  const auto end = "\"messageId\":\"end\"," + Track("Application Backgrounded", "2016-04-26T09:05:00Z");
  Take({Track("Application Opened", "2016-04-26T09:00:00Z")});
  stores_.ingest().RefuseIf(
      [](const IngestBatch& batch) { return Refuse(batch, segment::MessageBatchId("end")); });
  ASSERT_FALSE(Send(fmt::format(R"({{"batch":[{{{},"anonymousId":"a"}}]}})", end)));
  EXPECT_TRUE(Records().empty());
  stores_.ingest().RefuseIf(nullptr);
  Take({end});
  Take({end});
  Take({Track("Application Backgrounded", "2016-04-26T09:05:00Z"),
        Track("Application Opened", "2016-04-26T09:00:00Z")});
  EXPECT_EQ(Only().kind, RecordKind::kSession);
}

// Messages of few devices, taken, refused, sent again when they were refused and when they were not. What is
// stored at the end is what a simple model makes of those that were taken, in the order in which they were.
class AnyOrderTest : public SegmentTest, public testing::WithParamInterface<unsigned> {
 protected:
  struct Message {
    std::string id;
    std::string device;
    std::string kind;  // an event's name, or "screen"
    int minute = 0;
    std::string user;  // empty: not said

    std::string Json() const {
      const std::string time =
          fmt::format("2016-04-2{}T{:02}:{:02}:00Z", 4 + minute / 1440, minute / 60 % 24, minute % 60);
      const std::string named = user.empty() ? "" : fmt::format(R"(,"userId":"{}")", user);
      return fmt::format(R"({{{},"messageId":"{}","anonymousId":"{}"{}}})",
                         kind == "screen" ? Screen("s", time) : Track(kind, time), id, device, named);
    }
  };
  static Message RandomMessage(int number, std::minstd_rand& random) {
    static const std::vector<std::string> kinds{"screen", "Video", "Application Opened",
                                                "Application Backgrounded"};
    Message message;
    message.id = std::to_string(number);
    message.device = std::string(1, static_cast<char>('a' + random() % 3));
    message.kind = kinds[random() % kinds.size()];
    message.minute = number * 7 + static_cast<int>(random() % 60);
    if (random() % 5 == 0) message.user = fmt::format("u{}", random() % 3);
    return message;
  }
  struct Expected {
    std::map<std::string, std::pair<std::string, int>> users;  // by device: the user, and from when
    std::map<std::string, segment::Sessions> sessions;         // by device
    std::vector<std::string> records;                          // as text
  };

  static Timestamp TimeOf(const Message& message) {
    return ParseTimestamp("2016-04-24T00:00:00Z").value() + std::chrono::minutes(message.minute);
  }

  // The message was stored.
  static void Apply(const Message& message, Expected& expected) {
    const Guid device = NameBasedGuid(message.device);
    auto& [user, since] = expected.users[message.device];
    const std::string head = message.user.empty() ? user : message.user;
    if (!message.user.empty() && message.minute >= since) {
      user = message.user;
      since = message.minute;
    }
    auto& sessions = expected.sessions.try_emplace(message.device, device).first->second;
    std::optional<segment::RememberedSession> ended;
    Guid session;
    if (message.kind == "screen") session = sessions.OfActivity(TimeOf(message));
    if (message.kind == "Video") session = sessions.At(TimeOf(message));
    if (message.kind == "Application Opened") ended = sessions.Open(TimeOf(message));
    if (message.kind == "Application Backgrounded") ended = sessions.Close(TimeOf(message));
    const bool is_app = message.kind.starts_with("Application");
    if (ended) {
      expected.records.push_back(AsText(device, head, ended->id, Text(ended->first), Text(ended->last)));
    } else if (!is_app) {
      expected.records.push_back(AsText(device, head, session, "", ""));
    }
  }
  static std::string AsText(const Guid& device, std::string_view user, const Guid& session,
                            std::string_view start, std::string_view end) {
    return fmt::format("{} {} {} {} {}", device.ToHex(), user, session.ToHex(), start, end);
  }
  std::vector<std::string> StoredRecords() {
    std::vector<std::string> all;
    for (const StoredIngest& batch : stores_.ingest().stored()) {
      for (const EncodedRecords& records : batch.records) {
        auto reader = RecordBatchReader::Open(records.encoded).value();
        RecordRow row;
        while (reader.Next(row)) {
          all.push_back(AsText(batch.device_id, reader.head().user_id.json, row.session_id, Text(row.start),
                               Text(row.end)));
        }
      }
    }
    return all;
  }
};

TEST_P(AnyOrderTest, WhatIsStoredIsThatOfTheMessagesThatWereTaken) {
  std::minstd_rand random(GetParam());
  const Error full{ErrorCode::kUnavailable, "full", "DiskFull"};
  stores_.ingest().RefuseIf([full, refusals = std::minstd_rand(GetParam() + 1)](const IngestBatch&) mutable {
    return refusals() % 4 == 0 ? std::optional(full) : std::nullopt;
  });
  std::vector<Message> sent;
  std::map<Guid, Message> by_id;
  for (int i = 0; i < 300; ++i) {
    sent.push_back(RandomMessage(i, random));
    by_id.emplace(segment::MessageBatchId(sent.back().id), sent.back());
    const auto request = [](const Message& message) {
      return fmt::format(R"({{"batch":[{}]}})", message.Json());
    };
    if (random() % 8 == 0) {
      stores_.ingest().FailWith(full);
      EXPECT_FALSE(Send(request(sent.back())));
      stores_.ingest().FailWith(std::nullopt);
    }
    // At once with some of those before, whether they were taken or not.
    std::vector<std::future<Result<SegmentOutcome>>> answers;
    answers.push_back(Begin(request(sent.back())));
    for (size_t again = random() % 4; again > 0; --again)
      answers.push_back(Begin(request(sent[random() % sent.size()])));
    for (auto& answer : answers) answer.wait();
  }
  Expected expected;
  for (const StoredIngest& stored : stores_.ingest().stored()) Apply(by_id.at(*stored.batch_id), expected);
  EXPECT_GT(expected.records.size(), 100u);
  EXPECT_EQ(StoredRecords(), expected.records);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyOrderTest, testing::Range(1u, 21u));

}  // namespace
}  // namespace rawhaul
