#include "serve/catalog_api.h"

#include <algorithm>
#include <memory>

#include "base/request_fields.h"
#include "p5/error.h"
#include "serve/api_reply.h"
#include "serve/api_routes.h"
#include "serve/catalog_request.h"
#include "serve/corpus_json.h"

namespace p5 {
namespace {

using Json = nlohmann::json;
using Table = TableChange::Table;

}  // namespace

void CatalogApi::add_to(Router& router) const {
  const auto add = [&](const char* method, const char* pattern, void (CatalogApi::*handler)(ApiCall) const) {
    add_route(router, method, pattern, *this, handler);
  };
  add("POST", "/api/v1/items", &CatalogApi::put_items);
  add("PUT", "/api/v1/items/{item}", &CatalogApi::put_item);
  add("DELETE", "/api/v1/items/{item}", &CatalogApi::remove_item);
  add("POST", "/api/v1/users", &CatalogApi::put_users);
  add("PUT", "/api/v1/users/{user}", &CatalogApi::put_user);
  add("DELETE", "/api/v1/users/{user}", &CatalogApi::forget_user);
}

void CatalogApi::write(ApiCall call, Work work) const {
  if (context_->catalog == nullptr) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "this server keeps no changes of items and users",
                {.expected = "p5 serve --feedback sqlite:FILE"});
  }
  const auto shared = std::make_shared<ApiCall>(std::move(call));
  const bool taken = worker_->submit([shared, work = std::move(work), catalog = context_->catalog] {
    answer_errors(shared->reply, shared->id, [&] {
      Json body = work(*catalog);
      body["request_id"] = shared->id;
      shared->reply(json_response(body));
    });
  });
  if (!taken) shared->reply(overloaded_response(shared->id));
}

void CatalogApi::put_item(ApiCall call) const {
  const std::string key = checked_key(call.arguments.at(0), "item");
  Rows rows{{key, facts_of(parse_request(call.request.body), "", Table::kItems)}};
  write(std::move(call), [context = context_, key, rows = std::move(rows)](LiveCatalog& catalog) {
    catalog.put(Table::kItems, rows);
    const auto known = context->registry.find()->catalog();
    // What is not available and in no corpus is known to the store alone.
    return known->corpus().catalog().find(key) ? item_json(*known, key) : Json{{"item", key}, {"available", false}};
  });
}

void CatalogApi::put_user(ApiCall call) const {
  const std::string key = checked_key(call.arguments.at(0), "user");
  Rows rows{{key, facts_of(parse_request(call.request.body), "", Table::kUsers)}};
  write(std::move(call), [key, rows = std::move(rows)](LiveCatalog& catalog) {
    catalog.put(Table::kUsers, rows);
    Json answer{{"user", key}};
    if (const auto facts = catalog.user(key)) answer.update(*facts);
    return answer;
  });
}

void CatalogApi::put_all(ApiCall call, const char* list, const char* key, Table table) const {
  const Json body = parse_request(call.request.body);
  RequestFields fields(body);
  const Json& objects = fields.objects(list, static_cast<std::size_t>(context_->options.max_requests));
  fields.finish();
  Rows rows;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string where = std::string(list) + "[" + std::to_string(i) + "]";
    Json facts = facts_of(objects[i], where, table, key);
    rows.emplace_back(checked_key(RequestFields(objects[i], where).required_text(key), where + "." + key),
                      std::move(facts));
  }
  write(std::move(call), [table, rows = std::move(rows)](LiveCatalog& catalog) {
    catalog.put(table, rows);
    return Json{{"accepted", rows.size()}};
  });
}

void CatalogApi::put_items(ApiCall call) const { put_all(std::move(call), "items", "item", Table::kItems); }
void CatalogApi::put_users(ApiCall call) const { put_all(std::move(call), "users", "user", Table::kUsers); }

void CatalogApi::remove_item(ApiCall call) const {
  const std::string key = checked_key(call.arguments.at(0), "item");
  write(std::move(call), [key](LiveCatalog& catalog) {
    catalog.remove_item(key);
    return Json{{"item", key}, {"available", false}};
  });
}

void CatalogApi::forget_user(ApiCall call) const {
  const std::string key = checked_key(call.arguments.at(0), "user");
  write(std::move(call), [key](LiveCatalog& catalog) {
    catalog.forget_user(key);
    return Json{{"user", key}, {"forgotten", true}};
  });
}

}  // namespace p5
