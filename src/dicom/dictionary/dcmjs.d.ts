/** The part of the development dependency `dcmjs` that the generator reads. */
declare module "dcmjs" {
  const dcmjs: {
    data: { DicomMetaDictionary: { nameMap: Record<string, { tag: string; vr: string; vm: string; name: string }> } };
  };
  export default dcmjs;
}
