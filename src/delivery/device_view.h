// A campaign as a device gets it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// The members of a campaign that a device needs, in every language that it has. Constant after construction.
class DeviceView {
 public:
  // `content` is CampaignContent::json. kDataLoss when it is not.
  static Result<DeviceView> Of(std::string_view content);

  // The members of a JSON object, without its braces; may be empty. `language` is a code such as "en"; one
  // that the campaign does not have gets what its maker wrote outside of all languages.
  const std::string& In(const std::string& language) const;

 private:
  std::string unlocalized_;
  std::map<std::string, std::string> by_language_;
};

}  // namespace rawhaul
