// Node attributes of all cities.
//
// Columns (one row for each city, by id)
//   id, name_en, name_sv, name_fi, country, latitude, longitude, population, population_year

MATCH (city:City)
RETURN city.id AS id, city.nameEn AS name_en, city.nameSv AS name_sv, city.nameFi AS name_fi, city.country AS country,
       city.latitude AS latitude, city.longitude AS longitude, city.population AS population,
       city.populationYear AS population_year
ORDER BY id
