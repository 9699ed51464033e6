// What was not taken, as the collect answers tell it.
#pragma once

#include <boost/json.hpp>

#include "api/errors.h"
#include "base/result.h"

namespace rawhaul::api {

inline boost::json::object ErrorToJson(const Error& error) {
  return {{"code", WireCode(error)}, {"message", error.message}};
}

}  // namespace rawhaul::api
