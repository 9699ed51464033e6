#include "delivery/device_view.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "base/encoding.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 10> kCommon{"category",
                                                   "type",
                                                   "deliveryTime",
                                                   "deliveryActivities",
                                                   "notificationType",
                                                   "notificationIcon",
                                                   "notificationCloseable",
                                                   "notificationVibrate",
                                                   "notificationSound",
                                                   "notificationBadge"};
constexpr std::array<std::string_view, 10> kLocalized{"notificationTitle",
                                                      "notificationMessage",
                                                      "notificationImage",
                                                      "notificationOptions",
                                                      "title",
                                                      "body",
                                                      "actionButtonText",
                                                      "exitButtonText",
                                                      "actionUrl",
                                                      "payload"};

// nullptr when absent or null, and in no object.
const json::value* Find(const json::object* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : object->if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object* FindObject(const json::object* object, std::string_view name) {
  const json::value* value = Find(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

// The part of `object` in `language`, which may be spelled in any case there.
const json::object* LocalizationOf(const json::object& object, std::string_view language) {
  const json::object* all = FindObject(&object, "localization");
  if (all == nullptr || language.empty()) return nullptr;
  for (const auto& [key, value] : *all) {
    if (EqualsIgnoreCase({key.data(), key.size()}, language)) return value.if_object();
  }
  return nullptr;
}

void Copy(const json::object& from, std::string_view name, json::object& to) {
  if (const json::value* value = Find(&from, name)) to[name] = *value;
}

void CopyLocalized(const json::object& from, std::string_view name, std::string_view language,
                   json::object& to) {
  const json::value* localized = Find(LocalizationOf(from, language), name);
  if (localized == nullptr) return Copy(from, name, to);
  to[name] = *localized;
}

json::array Choices(const json::object& question, std::string_view language) {
  json::array out;
  const json::value* choices = Find(&question, "choices");
  if (choices == nullptr) return out;
  for (const json::value& choice : choices->as_array()) {
    json::object& shown = out.emplace_back(json::object()).get_object();
    Copy(choice.as_object(), "id", shown);
    CopyLocalized(choice.as_object(), "title", language, shown);
    Copy(choice.as_object(), "isDefault", shown);
  }
  return out;
}

json::array Questions(const json::array& questions, std::string_view language) {
  json::array out;
  for (const json::value& question : questions) {
    json::object& shown = out.emplace_back(json::object()).get_object();
    Copy(question.as_object(), "id", shown);
    CopyLocalized(question.as_object(), "title", language, shown);
    shown["choices"] = Choices(question.as_object(), language);
  }
  return out;
}

std::string Members(const json::object& content, std::string_view language) {
  json::object out;
  for (const std::string_view name : kCommon) Copy(content, name, out);
  for (const std::string_view name : kLocalized) CopyLocalized(content, name, language, out);
  if (const json::value* questions = Find(&content, "questions")) {
    out["questions"] = Questions(questions->as_array(), language);
  }
  const std::string object = json::serialize(out);
  return object.substr(1, object.size() - 2);
}

}  // namespace

Result<DeviceView> DeviceView::Of(std::string_view text) {
  try {
    const json::value value = json::parse(text);
    const json::object& content = value.as_object();
    DeviceView view;
    view.unlocalized_ = Members(content, "");
    const json::object* languages = FindObject(&content, "localization");
    if (languages == nullptr) return view;
    for (const auto& entry : *languages) {
      const std::string language = ToLower({entry.key().data(), entry.key().size()});
      view.by_language_.emplace(language, Members(content, language));
    }
    return view;
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the stored content of a campaign is damaged: {}", error.what()));
  }
}

const std::string& DeviceView::In(const std::string& language) const {
  const auto found = by_language_.find(language);
  return found == by_language_.end() ? unlocalized_ : found->second;
}

}  // namespace rawhaul
