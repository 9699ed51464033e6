#include "collect/segment/order.h"

#include <gtest/gtest.h>

namespace rawhaul::segment {
namespace {

MappedMessage At(int64_t millis, Sequel sequel, uint8_t device = 1) {
  MappedMessage message;
  message.time = FromMillis(millis);
  message.sequel = sequel;
  message.batch.emplace().device_id.bytes[0] = device;
  return message;
}

std::vector<Sequel> Sequels(const std::vector<MappedMessage>& messages) {
  std::vector<Sequel> sequels;
  for (const MappedMessage& message : messages) sequels.push_back(message.sequel);
  return sequels;
}

TEST(SegmentOrder, IsThatOfTheTimesAndInOneMillisecondThatOfCauses) {
  std::vector<MappedMessage> messages{At(5, Sequel::kBackgrounded), At(5, Sequel::kJobFinished),
                                      At(5, Sequel::kInSession),    At(5, Sequel::kJobStarted),
                                      At(5, Sequel::kActivity),     At(5, Sequel::kOpened),
                                      At(4, Sequel::kBackgrounded)};
  PutInOrder(messages);
  EXPECT_EQ(Sequels(messages),
            (std::vector{Sequel::kBackgrounded, Sequel::kOpened, Sequel::kActivity, Sequel::kInSession,
                         Sequel::kJobStarted, Sequel::kJobFinished, Sequel::kBackgrounded}));
}

TEST(SegmentOrder, TheNextActivityIsOfTheSameDeviceAndOfNoOtherSession) {
  std::vector<MappedMessage> messages{At(1, Sequel::kInSession),    At(2, Sequel::kOpened),
                                      At(3, Sequel::kInSession),    At(4, Sequel::kInSession, 2),
                                      At(5, Sequel::kActivity),     At(6, Sequel::kInSession),
                                      At(7, Sequel::kBackgrounded), At(8, Sequel::kActivity)};
  PutInOrder(messages);
  EXPECT_FALSE(messages[0].next_activity) << "a session begins between";
  EXPECT_EQ(messages[2].next_activity, FromMillis(5));
  EXPECT_FALSE(messages[3].next_activity) << "of another device";
  EXPECT_FALSE(messages[5].next_activity) << "a session ends between";
}

}  // namespace
}  // namespace rawhaul::segment
